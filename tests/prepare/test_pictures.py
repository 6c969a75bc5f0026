import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segplug import untrusted_image
from segplug.labels.pascal_person_part import PALETTE
from segplug.prepare import pictures
from segplug.prepare.errors import BadItemError

from .official import write_image, write_png

LABEL = np.arange(12, dtype=np.uint8).reshape(3, 4) % 7


def test_image_shape_is_height_and_width(tmp_path):
    write_image(tmp_path / 'a.jpg', (12, 16))
    assert pictures.image_shape(tmp_path / 'a.jpg') == (12, 16)


def test_bad_images(tmp_path):
    path = tmp_path / 'a.jpg'

    def refuses(match):
        with pytest.raises(BadItemError, match=match) as caught:
            pictures.image_shape(path)
        assert str(path) in str(caught.value)

    refuses('No such file')
    path.write_bytes(b'')
    refuses('no JPEG')
    path.write_text('<html>')
    refuses('no JPEG')
    write_image(tmp_path / 'a.png')
    (tmp_path / 'a.png').rename(path)
    refuses('no JPEG')
    write_image(path, (64, 64))
    path.write_bytes(path.read_bytes()[:-500])
    refuses('cannot be read.*truncated')
    exif = Image.Exif()
    exif[0x0112] = 6
    write_image(path, exif=exif)
    refuses('orientation 6')


def test_opencv_would_turn_an_image_with_orientation(tmp_path):
    # Why such images are refused.
    exif = Image.Exif()
    exif[0x0112] = 6
    write_image(tmp_path / 'a.jpg', (12, 16), exif=exif)
    assert cv2.imread(str(tmp_path / 'a.jpg')).shape[:2] == (16, 12)


def test_bomb_is_not_decoded(tmp_path, monkeypatch):
    write_png(tmp_path / 'a.png', np.zeros((40, 40), np.uint8))
    monkeypatch.setattr(untrusted_image, 'MAX_PIXELS', 1599)
    with pytest.raises(BadItemError, match='a.png: has more than 1599 pix'):
        pictures.read_indices(tmp_path / 'a.png')
    monkeypatch.undo()
    for limit in (1599, 799):  # Pillow warns, then refuses
        monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', limit)
        with pytest.raises(BadItemError, match='has more than'):
            pictures.read_indices(tmp_path / 'a.png')


@settings(deadline=None)
@given(data=st.data())
def test_damaged_pictures_never_raise_anything_else(tmp_path_factory, data):
    path = tmp_path_factory.mktemp('damaged') / data.draw(
        st.sampled_from(['a.jpg', 'a.png'])
    )
    buffer = io.BytesIO()
    kind = 'JPEG' if path.suffix == '.jpg' else 'PNG'
    Image.fromarray(np.tile(LABEL, (5, 5))).save(buffer, kind)
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        pictures.image_shape(path)
        pictures.read_indices(path)
    except BadItemError as error:
        assert str(path) in str(error)


def test_indices_whatever_the_colours(tmp_path):
    write_png(tmp_path / 'a.png', LABEL, 'P')
    write_png(tmp_path / 'b.png', LABEL)
    for name in 'ab':
        read = pictures.read_indices(tmp_path / f'{name}.png')
        assert read.dtype == np.uint8
        np.testing.assert_array_equal(read, LABEL)


@pytest.mark.parametrize(
    'mode, words',
    [('RGB', 'RGB colours'), ('RGBA', 'RGBA'), ('1', '1 bit'), ('LA', 'LA')],
)
def test_labels_with_other_pixels(tmp_path, mode, words):
    write_png(tmp_path / 'a.png', LABEL, mode)
    with pytest.raises(BadItemError, match=f'a.png.*{words}.*mode P or L'):
        pictures.read_indices(tmp_path / 'a.png')


def test_16_bit_label(tmp_path):
    write_png(tmp_path / 'a.png', LABEL.astype(np.uint16) * 1000)
    with pytest.raises(BadItemError, match='a.png.*16-bit'):
        pictures.read_indices(tmp_path / 'a.png')


def test_written_label(tmp_path):
    label = LABEL.copy()
    label[0, 0] = 255
    pictures.write_label(tmp_path / 'a.png', label, PALETTE)
    pictures.write_label(tmp_path / 'b.png', label, PALETTE)
    assert (tmp_path / 'a.png').read_bytes() == (
        tmp_path / 'b.png'
    ).read_bytes()
    with Image.open(tmp_path / 'a.png') as image:
        assert image.mode == 'P'
        np.testing.assert_array_equal(np.array(image), label)
        colours = np.array(image.convert('RGB'))
    # The formula of VOC's colour map: bit 3k of a label goes to red …
    for value, colour in zip(label.ravel(), colours.reshape(-1, 3)):
        expected = [
            sum(
                (int(value) >> (3 * k + channel) & 1) << (7 - k)
                for k in range(8)
            )
            for channel in range(3)
        ]
        assert colour.tolist() == expected
    # IHDR: bit depth 8, colour type 3.
    assert (tmp_path / 'a.png').read_bytes()[24:26] == b'\x08\x03'


def test_counts(tmp_path):
    label = np.array([[0, 6, 6], [255, 2, 6]], np.uint8)
    counts = pictures.count_labels(label, PALETTE, tmp_path)
    assert counts == (1, 0, 1, 0, 0, 0, 3, 1)
    assert all(type(count) is int for count in counts)


def test_strange_values_are_listed(tmp_path):
    label = np.array([[0, 7, 254]], np.uint8)
    with pytest.raises(BadItemError, match='a.png: has label values 7, 254; '):
        pictures.count_labels(label, PALETTE, tmp_path / 'a.png')
    label = np.arange(256, dtype=np.uint8)
    with pytest.raises(
        BadItemError, match='values 7, .*16, …;.*0 to 6 and 255'
    ):
        pictures.count_labels(label, PALETTE, tmp_path / 'a.png')


def test_grey_levels_are_recognised(tmp_path):
    write_png(tmp_path / 'a.png', LABEL, 'P')
    path = str(tmp_path / 'a.png')
    colour = cv2.imread(path)
    greys = [
        cv2.imread(path, cv2.IMREAD_GRAYSCALE),
        cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY),
        np.array(Image.open(path).convert('L')),
    ]
    assert set(np.unique(greys[0])) == {0, 38, 75, 113, 14, 52, 89}
    for grey in greys:
        with pytest.raises(BadItemError, match='cv2.imread.*original'):
            pictures.count_labels(grey, PALETTE, tmp_path / 'a.png')
