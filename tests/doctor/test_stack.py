import pytest

from segplug.doctor import finding
from segplug.doctor.stack import Stack, examine, gather

GOOD = {
    'torch': '2.13.0+cpu',
    'mmengine': '0.10.7',
    'mmcv-lite': '2.1.0',
    'mmsegmentation': '1.2.2',
    'numpy': '2.4.6',
    'setuptools': '80.10.2',
    'opencv-python': '5.0.0.93',
    **dict.fromkeys(
        ('ftfy', 'regex', 'scipy', 'matplotlib', 'pillow', 'tqdm'), '9.0'
    ),
}


def found(python='3.11.7', broken=None, **changes):
    """Findings beyond the list of versions; None removes a package."""
    names = {name.replace('_', '-'): v for name, v in changes.items()}
    versions = {k: v for k, v in {**GOOD, **names}.items() if v is not None}
    *others, last = examine(Stack(python, versions, broken or {}))
    assert last.level == 'ok'
    return others


def test_a_good_stack_has_one_finding():
    assert found() == []
    assert found(mmcv_lite=None, mmcv='2.0.0rc4') == []
    assert found(torchvision='0.28.0+cpu') == []
    assert found(mmengine='0.11.0rc3', setuptools='84.0') == []


@pytest.mark.parametrize(
    ('changes', 'said', 'remedy'),
    [
        (dict(torch='2.5.1'), 'torch 2.5.1', "'torch>=2.6'"),
        (dict(torch=None), 'torch is not installed', "'torch>=2.6'"),
        (dict(mmcv='2.2.0', mmcv_lite=None), 'mmcv 2.2.0', '<2.2'),
        (dict(mmcv='1.7.2', mmcv_lite=None), 'mmcv 1.7.2', '>=2.0.0'),
        (dict(mmcv='2.1.0'), 'both installed', 'uninstall -y mmcv mmcv-lite'),
        (dict(mmcv_lite=None), 'Neither mmcv nor', 'mmcv-lite'),
        (dict(mmengine='0.9.1'), 'mmengine 0.9.1', '>=0.10.7,<1'),
        (dict(mmsegmentation='1.1.0'), '1.1.0', '>=1.2.2'),
        (dict(onedl_mmengine='0.10.9'), 'onedl-mmengine and mmengine', 'pip'),
        (dict(onedl_mmcv='2.3.0'), 'onedl-mmcv and mmcv-lite', 'pip'),
        (dict(setuptools='81.0.0'), 'setuptools is 81.0.0', '<81'),
        (dict(setuptools=None), 'setuptools is not installed', '<81'),
        (dict(numpy='1.21.0'), 'numpy 1.21.0', '>=1.23'),
        (dict(ftfy=None, regex=None), 'ftfy regex', 'install ftfy regex'),
        (
            dict(opencv_python_headless='4.9.0'),
            'opencv-python 5.0.0.93 and opencv-python-headless 4.9.0',
            'uninstall',
        ),
        (dict(python='3.14.0'), 'Python 3.14.0', '3.9 to 3.13'),
        (dict(python='3.8.10'), 'Python 3.8.10', '3.9 to 3.13'),
    ],
)
def test_conflict(changes, said, remedy):
    (item,) = found(**changes)
    assert item.level == 'problem'
    assert said in item.text and remedy in item.remedy


def test_torchvision_of_another_torch():
    (item,) = found(torchvision='0.21.0')  # of torch 2.6
    assert item.level == 'note' and '0.28' in item.remedy
    broken = {'torchvision': 'operator torchvision::nms does not exist'}
    (item,) = found(torchvision='0.28.0+cu130', broken=broken)
    assert item.level == 'problem' and 'nms' in item.text


def test_opencv_without_its_libraries():
    error = 'libGL.so.1: cannot open shared object file'
    (item,) = found(broken={'cv2': error})
    assert item.level == 'problem' and 'headless' in item.remedy
    (item,) = found(broken={'cv2': 'numpy.core failed to import'})
    assert 'numpy.core' in item.text and 'reinstall' in item.remedy


def test_several_opencvs_of_one_version_and_forks_alone_are_notes():
    (item,) = found(opencv_contrib_python='5.0.0.93')
    assert item.level == 'note'
    (item,) = found(mmcv_lite=None, onedl_mmcv='2.3.0')
    assert item.level == 'note' and 'not tested' in item.text


def test_the_stack_of_the_tests_suits():
    stack = gather()
    assert stack.versions['mmengine'] and 'cv2' not in stack.broken
    assert not finding.has_problems(list(examine(stack)))


def test_levels():
    with pytest.raises(ValueError, match='fine'):
        finding.Finding('fine', 'a', 'b')
    items = [finding.ok('a', 'b'), finding.problem('c', 'd\ne', 'f')]
    assert finding.as_text(items[1]) == 'problem  c: d\n         e f'
    assert finding.summary(items) == '2 examined: 1 problem, 0 notes.'
    report = finding.as_json('x.py', items)
    assert report['problems'] == 1 and report['config'] == 'x.py'
    assert report['findings'][1]['remedy'] == 'f'
