"""Pictures of every kind, whole, odd and damaged: read rightly, or refused by name."""

import io
import os
import struct
import zlib
from threading import Thread

import numpy as np
import pytest
from PIL import Image, ImageOps, features

from lmcli.draw.pictures.reading import LARGEST, ORIENTATION, read_picture
from lmcli.frame.errors import BadInput

RED, BLUE = (220, 30, 30), (30, 30, 220)
SIZE = (60, 40)
LOSSLESS = ("PNG", "BMP", "TIFF", "PPM", "QOI", "JPEG2000")
LOSSY = ("JPEG", "WEBP", "GIF", *(["AVIF"] if features.check("avif") else []))


def halves(size=SIZE) -> Image.Image:
    """The left half red, the right half blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image


def packed(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def values(data: bytes) -> np.ndarray:
    image = read_picture(data, "a picture")
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY])
def test_formats(kind):
    found = values(packed(halves(), kind))
    assert found.shape == (40, 60, 3)
    difference = np.abs(found - np.asarray(halves()))
    assert difference.max() == 0 if kind in LOSSLESS else difference.mean() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_turns_the_picture_upright(kind, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = packed(halves(), kind, exif=exif)
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert (values(data) == np.asarray(wanted)).all()


def test_damaged_exif_is_passed_over(recwarn):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    data = packed(halves(), "JPEG", exif=exif)
    place = data.index(b"Exif\0\0") + 10
    broken = data[:place] + b"\xff\xff\xff\x7f" + data[place + 4 :]
    assert values(broken).shape in {(40, 60, 3), (60, 40, 3)}
    assert not recwarn.list


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparent_parts_are_white(mode):
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 30, 40))
    if mode == "LA":
        image = image.convert("LA")
    found = values(packed(image, "PNG"))
    assert (found[:, 30:] == 255).all() and (found[:, :30] < 255).any(axis=2).all()


def test_half_transparent_is_mixed_with_white():
    found = values(packed(Image.new("RGBA", (2, 2), (0, 0, 0, 128)), "PNG"))
    assert np.abs(found - 127).max() <= 1


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_is_white(mode):
    image = halves().convert("P", palette=Image.Palette.ADAPTIVE) if mode == "P" else halves(SIZE)
    image = image.convert(mode)
    corner = image.getpixel((59, 0))
    found = values(packed(image, "PNG", transparency=corner))
    assert (found[:, 30:] == 255).all() and (found[:, :30] < 255).any(axis=2).all()


def test_the_first_frame_of_a_film():
    red, blue = Image.new("RGB", SIZE, RED), Image.new("RGB", SIZE, BLUE)
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        found = values(packed(red, kind, save_all=True, append_images=[blue]))
        assert np.abs(found - RED).mean() < 8, kind


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_down(kind):
    deep = np.arange(0, 65536, 16, dtype=np.uint16).reshape(64, 64)
    found = values(packed(Image.fromarray(deep), kind))
    assert np.abs(found[..., 0] - deep / 257).max() <= 0.5


@pytest.mark.parametrize("white", [1.0, 255.0, 1000.0])
def test_floating_point_is_scaled_to_its_range(white):
    ramp = np.linspace(0, white, 64, dtype=np.float32).reshape(8, 8)
    ramp[0, 0] = np.nan
    found = values(packed(Image.fromarray(ramp), "TIFF"))[..., 0]
    assert found[0, 0] == 0 and abs(found[-1, -1] - 255) <= 1


RAMP = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)


@pytest.mark.parametrize(
    ("pixels", "black", "white"),
    [
        (RAMP * 1.2, 0, 1),  # bright lights go beyond white
        (np.where(RAMP == 1, np.float32(80), RAMP), 0, 1),
        (RAMP - 0.01, 0, 1),  # sharpening goes below black
        (RAMP * 2 - 1, -1, 1),
        (RAMP * 280, 0, 255),
        ((RAMP * 2000 - 500).astype(np.int32), -500, 1500),
        ((RAMP * 200).astype(np.int32), 0, 255),
    ],
)
def test_pixels_beyond_the_usual_range_darken_nothing(pixels, black, white):
    found = values(packed(Image.fromarray(pixels), "TIFF"))[..., 0]
    expected = ((pixels.astype(np.float64) - black) / (white - black)).clip(0, 1) * 255
    assert np.abs(found - expected).max() <= 1


def tiff(pixels: np.ndarray, photometric: int, sample_format: int = 1) -> bytes:
    """A TIFF of one channel, little-endian, that Pillow would not write."""
    height, width = pixels.shape
    data = pixels.tobytes()
    bits = pixels.itemsize * 8
    entries = [(256, width), (257, height), (258, bits), (259, 1), (262, photometric)]
    start = 8 + 2 + 12 * 10 + 4
    entries += [(273, start), (277, 1), (278, height), (279, len(data)), (339, sample_format)]
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, 10) + table + struct.pack("<I", 0) + data


def test_white_is_zero_and_unsigned_integers():
    deep = (RAMP * 65535).astype("<u2")
    turned = values(tiff(deep, photometric=0))[..., 0]
    assert np.abs(turned - (255 - deep / 257)).max() <= 1
    whole = (RAMP.astype(np.float64) * (2**32 - 1)).astype("<u4")
    assert np.abs(values(tiff(whole, photometric=1))[..., 0] - RAMP * 255).max() <= 1
    with pytest.raises(BadInput, match="pixels of a kind"):
        values(tiff(RAMP.astype("<f8"), photometric=1, sample_format=3))


def test_a_transparent_grey_of_sixteen_bits_is_white():
    deep = (RAMP * 65535).astype(np.uint16)
    found = values(packed(Image.fromarray(deep), "PNG", transparency=0))
    assert (found[0, 0] == 255).all() and found[0, 1].max() < 5


def test_lab_is_read():
    from PIL import ImageCms

    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.applyTransform(halves(), ImageCms.buildTransform(*profiles, "RGB", "LAB"))
    assert np.abs(values(packed(lab, "TIFF")) - np.asarray(halves())).max() < 30


NOISE = Image.fromarray(np.random.default_rng(2).integers(0, 255, (320, 240, 3), np.uint8))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_without_its_end_is_read_and_said(options):
    data = packed(NOISE, "JPEG", **options)
    said: list[str] = []
    found = read_picture(data[:-2], "photo.jpg", warn=said.append)
    assert (np.asarray(found) == values(data)).all()
    assert said == ["photo.jpg: the JPEG is cut off and lacks its end marker; read all the same"]
    assert read_picture(data[:-2], "photo.jpg", least=20).size == (60, 80)


@pytest.mark.parametrize(("cut", "share"), [(0.5, 45), (0.25, 20), (0.75, 70)])
def test_half_a_jpeg_is_refused_with_what_is_there(cut, share):
    data = packed(NOISE, "JPEG")
    with pytest.raises(BadInput, match=r"^a: the JPEG is cut off: only the upper (\d+)%") as caught:
        read_picture(data[: int(cut * len(data))], "a")
    found = int(caught.value.message.split("upper ")[1].split("%")[0])
    assert share - 5 <= found <= share + 6
    passes = packed(NOISE, "JPEG", progressive=True)
    with pytest.raises(BadInput, match=r"in its pass \d"):
        read_picture(passes[: int(cut * len(passes))], "a")


def test_one_bit_and_cmyk():
    assert set(np.unique(values(packed(halves().convert("1"), "PNG")))) <= {0, 255}
    for kind in ("JPEG", "TIFF"):
        found = values(packed(halves().convert("CMYK"), kind))
        assert found[20, 5, 0] > found[20, 5, 2] and found[20, 55, 2] > found[20, 55, 0], kind


@pytest.mark.parametrize("size", [(1, 1), (20_000, 10), (10, 20_000)])
def test_odd_sizes(size):
    assert read_picture(packed(halves(size), "PNG"), "odd").size == size


@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_a_cut_file_is_refused_by_name(kind, share):
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = packed(Image.fromarray(noise), kind)
    with pytest.raises(BadInput, match=r"^cut\.file: "):
        read_picture(data[: int(share * len(data))], "cut.file")


def test_what_is_no_picture_is_refused_by_name(tmp_path):
    for data, reason in (
        (b"", "empty"),
        (b"some words\n" * 20, "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "damaged"),
        (b"\0\0\0\x18ftypisom" + b"\0" * 50, "film"),
    ):
        with pytest.raises(BadInput, match=rf"^this: .*{reason}"):
            read_picture(data, "this")
    for path in (tmp_path, tmp_path / "none.jpg"):
        with pytest.raises(BadInput, match=path.name):
            read_picture(path, str(path))


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000), 9)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_a_decompression_bomb_is_refused_before_it_unpacks(tmp_path):
    side = int(LARGEST**0.5) + 1
    with pytest.raises(BadInput, match=r"^bomb\.png: .*pixels are more than"):
        read_picture(bomb(side, side), "bomb.png")


def test_a_large_jpeg_is_decoded_at_a_fraction_of_its_size():
    data = packed(halves((2400, 1600)), "JPEG", quality=95)
    assert read_picture(data, "large").size == (2400, 1600)
    assert read_picture(data, "large", least=224).size == (1200, 800)
    assert read_picture(packed(halves((800, 500)), "JPEG"), "small", least=256).size == (800, 500)


def test_heic_is_read_or_names_the_package():
    try:
        import pillow_heif
    except ImportError:
        with pytest.raises(BadInput, match="pillow-heif"):
            read_picture(b"\0\0\0\x18ftypheic" + bytes(40), "phone.heic")
        return
    buffer = io.BytesIO()
    pillow_heif.from_pillow(halves((64, 64))).save(buffer, quality=95)
    assert np.abs(values(buffer.getvalue()) - np.asarray(halves((64, 64)))).mean() < 8


def test_a_named_pipe_is_read(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = packed(halves(), "PNG")
    writer = Thread(target=path.write_bytes, args=(data,))
    writer.start()
    assert read_picture(path, "pipe").size == SIZE
    writer.join()
