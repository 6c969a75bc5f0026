import pytest
from mmcv.transforms import LoadImageFromFile
from mmengine.dataset import Compose

from segplug.datasets.steps import PipelineError, run_steps
from segplug.errors import SegplugError


class OwnError(SegplugError, ValueError):
    pass


class Failing:
    def __init__(self, error):
        self.error = error

    def __call__(self, sample):
        raise self.error

    def __repr__(self):
        return 'Failing(size=3)'


def append(mark):
    return lambda sample: dict(sample, marks=[*sample.get('marks', []), mark])


def test_equals_calling_the_pipeline():
    pipeline = Compose([append('a'), append('b')])
    sample = dict(img_path='a.jpg')
    assert run_steps(pipeline, dict(sample)) == pipeline(dict(sample))
    ended = Compose([append('a'), lambda sample: None, Failing(OSError())])
    assert run_steps(ended, sample) is None


def test_names_image_and_step():
    pipeline = Compose([append('a'), Failing(TypeError('wants two'))])
    told = r'x/a\.jpg: .* Failing\(size=3\) failed: TypeError: wants two'
    with pytest.raises(PipelineError, match=told):
        run_steps(pipeline, dict(img_path='x/a.jpg'))


def test_names_a_file_that_another_packages_step_cannot_read():
    with pytest.raises(PipelineError, match='gone.jpg.*LoadImageFromFile'):
        run_steps(Compose([LoadImageFromFile()]), dict(img_path='gone.jpg'))


def test_own_errors_stay_as_they_are():
    with pytest.raises(OwnError):
        run_steps(Compose([Failing(OwnError())]), dict(img_path='a.jpg'))
