"""What reads the files of each kind in the package."""

from segplug.compat.safe_load import safe_load
from segplug.datasets.class_weights import read_counts
from segplug.datasets.transforms.load_checked_annotations import (
    LoadCheckedAnnotations,
)
from segplug.datasets.transforms.load_checked_image import LoadCheckedImage
from segplug.engine.checkpoints import find
from segplug.evaluation import label_files
from segplug.evaluation.per_image import PerImageTable
from segplug.evaluation.report import Report
from segplug.integrity.inspection import inspect
from segplug.integrity.samples import Sample, of_folder
from segplug.prepare import pictures, sbd
from segplug.prepare.errors import BadItemError
from segplug.prepare.part_masks import paint_people, read_objects
from segplug.prepare.records import read_history
from segplug.prepare.splits import read_splits
from segplug.synthetic import generation

_IMAGE, _LABEL = LoadCheckedImage(), LoadCheckedAnnotations(num_classes=2)


def load_image(path):
    _IMAGE({'img_path': str(path)})


def load_label(path):
    results = {'seg_map_path': str(path), 'ori_shape': (9, 11)}
    _LABEL({**results, 'reduce_zero_label': False, 'seg_fields': []})


def check_image(path):
    """Problems are reported by the data check, not raised."""
    _raise_problem(inspect(Sample('train', path, None, 2)))


def check_label(path):
    _raise_problem(inspect(Sample('train', path, path, 2)))


def _raise_problem(found):
    if found.problems:
        raise BadItemError('; '.join(found.problems))


def paint(path):
    objects = read_objects(path)
    shape = objects[0].mask.shape if objects else (1, 1)
    paint_people(objects, shape, neck='head', path=path)


def history(path):
    read_history(path, path.with_name('absent'), 'toy')


def interrupted(path):
    read_history(path.with_name('absent'), path, 'toy')


def manifest_check(path):
    (path.parent / 'images').mkdir(exist_ok=True)
    (path.parent / 'splits').mkdir(exist_ok=True)
    (path.parent / 'splits/train.txt').write_text('2008_000001\n')
    of_folder(path.parent)


def weights(path):
    read_counts(path.parent, ['2008_000001'])


def scores(path):
    report = Report.load(path.parent)
    report.palette  # noqa: B018  (a property)


IMAGE = (pictures.read_image, pictures.image_shape, load_image, check_image)
LABEL = (pictures.read_indices, load_label, label_files.read_labels)
READERS = {
    'image': (*IMAGE, label_files.read_image),
    'label': (*LABEL, check_label),
    'part': (paint,),
    'sbd': (sbd.read_classes,),
    'list': (lambda path: read_splits({'train': path}),),
    'manifest': (history, manifest_check, weights),
    'journal': (interrupted,),
    'metrics': (scores,),
    'per_image': (PerImageTable.load,),
    'synthetic': (lambda path: generation._earlier(path.parent),),
    'checkpoint': (lambda path: safe_load(str(path)), find.read_meta),
}
