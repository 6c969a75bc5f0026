import numpy as np
from PIL import Image

from segplug.engine import PictureFolder


def test_pictures_lie_right_in_the_folder(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    folder = PictureFolder(str(tmp_path / 'new' / 'folder'))
    folder.add_image('test_2008_000008.jpg', picture, step=3)
    written = tmp_path / 'new' / 'folder' / '2008_000008.png'
    assert list(written.parent.iterdir()) == [written]
    assert np.array_equal(np.array(Image.open(written)), picture)
