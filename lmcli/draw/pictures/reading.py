"""Files of pictures to upright RGB images, whatever their format; the only place that opens them.

The format is told from the first bytes, not the name, so that only its own decoder is loaded, and none of those
that would run another program (EPS). Where a file is damaged or too large, it is refused by name.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lmcli.frame.errors import BadInput, LmcliError

if TYPE_CHECKING:
    from PIL import Image

KINDS = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC, JPEG 2000, PPM and QOI"
SNIFFED = 32  # bytes
LARGEST = 180_000_000  # pixels: a few MB can unpack to any size
ORIENTATION = 0x0112  # the tag of EXIF
ENOUGH = 0.95  # of the rows of a JPEG that ends too early

# first bytes -> Pillow's name of the format and of the module that reads it
_FORMATS: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"\xff\xd8\xff",), "JPEG", "JpegImagePlugin"),
    ((b"\x89PNG\r\n\x1a\n",), "PNG", "PngImagePlugin"),
    ((b"GIF87a", b"GIF89a"), "GIF", "GifImagePlugin"),
    ((b"BM",), "BMP", "BmpImagePlugin"),
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF", "TiffImagePlugin"),
    ((b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"), "JPEG2000", "Jpeg2KImagePlugin"),
    ((b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf", b"PF"), "PPM", "PpmImagePlugin"),
    ((b"qoif",), "QOI", "QoiImagePlugin"),
)
_AVIF = (b"avif", b"avis")
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


def read_picture(
    source: Path | bytes,
    name: str,
    *,
    least: int | None = None,
    warn: Callable[[str], None] | None = None,
) -> Image.Image:
    """The first frame of a picture as an RGB image: upright as its EXIF says, transparent parts white.

    Deeper channels than 8 bits are scaled down. With `least`, a JPEG whose sides are both at least four times as
    long may be decoded at a fraction of its size, both sides still at least twice `least`. `warn` is told of a JPEG
    that ends too early, but has nearly all rows.
    Raises BadInput, which begins with `name`, for what cannot be read: missing, damaged, no picture, or of more
    pixels than LARGEST.
    """
    try:
        if isinstance(source, bytes):
            return _read(io.BytesIO(source), name, least, warn)
        with source.open("rb") as stream:
            return _read(stream, name, least, warn)
    except LmcliError:
        raise
    except OSError as error:
        fault = error.strerror or f"the picture is damaged: {_first_line(error)}"
        raise BadInput(f"{name}: {fault}") from None
    except MemoryError:
        raise BadInput(f"{name}: there is not enough memory for this picture") from None
    except Exception as error:  # decoders raise whatever a damaged file leads them to
        raise BadInput(f"{name}: the picture is damaged: {_first_line(error)}") from None


def _read(
    stream: BinaryIO, name: str, least: int | None, warn: Callable[[str], None] | None
) -> Image.Image:
    if not stream.seekable():  # a pipe, as of <(...)
        stream = io.BytesIO(stream.read())
    start = stream.read(SNIFFED)
    stream.seek(0)
    if not start:
        raise BadInput(f"{name}: the file is empty")
    image = _opened(stream, _kind(start, name), name)
    if least:
        image.draft(None, (2 * least, 2 * least))
    if image.width * image.height > LARGEST:
        size = f"{image.width} x {image.height}"
        raise BadInput(f"{name}: {size} pixels are more than {LARGEST:,}", "make it smaller")
    try:
        image.load()
    except OSError as error:
        if image.format not in ("JPEG", "MPO") or "truncated" not in str(error):
            raise
        stream.seek(0)
        image = _cut(stream.read(), name, least, warn)
    return _upright(_rgb(image), image)


def _cut(
    data: bytes, name: str, least: int | None, warn: Callable[[str], None] | None
) -> Image.Image:
    """The picture of a JPEG that ends too early, where nearly all is there."""
    from lmcli.draw.pictures.cutjpeg import completed, passes_of, share_there

    share = share_there(data)
    if share < ENOUGH:
        rows = f"only the upper {int(share * 100)}% of its rows are there"
        if passes := passes_of(data):
            rows = f"in its pass {passes}, after {int(share * 100)}% of the rows"
        raise BadInput(f"{name}: the JPEG is cut off: {rows}", "copy or download it again")
    if warn:
        lacks = "its end marker" if share == 1 else f"its last rows ({1 - share:.1%})"
        warn(f"{name}: the JPEG is cut off and lacks {lacks}; read all the same")
    image = completed(data, 2 * least if least else None)
    image.load()
    return image


def _opened(stream: BinaryIO, kind: str, name: str) -> Image.Image:
    """The picture with its header read. Image.open would import further decoders first."""
    from PIL import Image

    warnings.filterwarnings("ignore", module=r"PIL\.")  # of damaged EXIF and the like
    factory, _ = Image.OPEN[kind]
    try:
        return factory(stream, "")
    except (SyntaxError, IndexError, TypeError, KeyError, EOFError, struct.error) as error:
        if "unknown pixel mode" in str(error) or "unsupported" in str(error).lower():
            hint = "save it with 8 or 16 bits a channel"
            raise BadInput(f"{name}: a {kind} with pixels of a kind not read here", hint) from None
        raise BadInput(f"{name}: it begins as {kind} does, but is damaged") from None


def _kind(start: bytes, name: str) -> str:
    """Pillow's name of the format of a file that begins so, its decoder loaded."""
    for heads, kind, module in _FORMATS:
        if start.startswith(heads):
            import_module(f"PIL.{module}")
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        import_module("PIL.WebPImagePlugin")
        return "WEBP"
    if start[4:8] == b"ftyp":
        return _iso_media(start, name)
    hint = f"{KINDS} are read"
    raise BadInput(f"{name}: not a picture of a kind that is known here", hint)


def _iso_media(start: bytes, name: str) -> str:
    """AVIF or HEIC: the brand of the container says which, and compatible ones where it is a general one."""
    brands = {start[at : at + 4] for at in (8, *range(16, len(start) - 3, 4))}
    if brands & set(_AVIF):
        try:
            import_module("PIL.AvifImagePlugin")
        except ImportError:
            raise BadInput(f"{name}: this Pillow reads no AVIF", "pip install -U pillow") from None
        return "AVIF"
    if brands & set(_HEIF):
        try:
            heif: Any = import_module("pillow_heif")
        except ImportError:
            raise BadInput(
                f"{name}: HEIC needs the package pillow-heif", "pip install 'lmcli[heif]'"
            ) from None
        heif.register_heif_opener()
        return "HEIF"
    raise BadInput(f"{name}: a film, or of another kind that is not read", f"{KINDS} are read")


def _rgb(image: Image.Image) -> Image.Image:
    """The image in 8-bit RGB, over white."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        from lmcli.draw.pictures.deep import scaled

        return scaled(image).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        paper.alpha_composite(layer)
        return paper.convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _upright(image: Image.Image, original: Image.Image) -> Image.Image:
    """The image turned as the original's EXIF says; damaged EXIF says nothing."""
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    try:
        turn = turns.get(original.getexif().get(ORIENTATION, 1))
    except Exception:
        turn = None
    return image if turn is None else image.transpose(turn)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
