"""From a file that somebody sent to the picture that is kept: square, small, upright, and nothing of the file in it."""

import io
import re
import warnings

from PIL import Image, ImageOps

from identity.pictures.errors import NotAPicture, UnreadablePicture

# Pillow's own limit is far above ours. It warns first, which would go to nobody.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

SIDE = 512
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_BEGINNINGS = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP|GIF8[79]a", re.DOTALL)
_ORIENTATION = 0x0112
# A camera's JPEG is decoded at a fraction of its size. All others, and JPEGs in progressive scans, have to be in memory
# as a whole, four bytes a pixel and more, whatever little the file has.
_MAX_PIXELS = 50_000_000
_MAX_PIXELS_WHOLE = 16_000_000
# Each scan of a JPEG walks over all its pixels, and may take a few bytes only. Encoders make about ten.
_MAX_SCANS = 32
_START_OF_SCAN = b"\xff\xda"
_TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_DRAFT = (2 * SIDE, 2 * SIDE)
_QUALITY = 82


def to_avatar(data: bytes) -> bytes:
    """The first frame's centre as WebP. What the bytes are decides, not what they are called.

    Raises NotAPicture for other formats, UnreadablePicture for what is empty, damaged or has too many pixels.
    """
    if not data:
        raise UnreadablePicture(errors={"file": ["This file is empty"]})
    if not _BEGINNINGS.match(data):
        raise NotAPicture(errors={"file": ["Use a JPEG, PNG, WebP or GIF picture"]})
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            _check_work(image, data)
            return _encoded(_small(image))
    except UnreadablePicture:
        raise
    except _TOO_MANY_PIXELS as error:
        raise _too_many(_MAX_PIXELS_WHOLE) from error
    except Exception as error:
        # Pillow's readers raise almost anything for a file that is made to confuse them.
        raise UnreadablePicture(errors={"file": ["This picture is damaged; choose another file"]}) from error


def _check_work(image: Image.Image, data: bytes) -> None:
    """From the header alone: nothing has been decoded yet."""
    is_jpeg = image.format in ("JPEG", "MPO")  # the latter has further pictures behind the first
    limit = _MAX_PIXELS if is_jpeg and not image.info.get("progressive") else _MAX_PIXELS_WHOLE
    if image.width * image.height > limit:
        raise _too_many(limit)
    if is_jpeg and data.count(_START_OF_SCAN) > _MAX_SCANS:
        raise UnreadablePicture(errors={"file": ["This JPEG is made of too many scans; save it anew"]})


def _too_many(limit: int) -> UnreadablePicture:
    return UnreadablePicture(errors={"file": [f"Use a picture of at most {limit // 1_000_000} megapixels"]})


def _small(image: Image.Image) -> Image.Image:
    image.draft("RGB", _DRAFT)
    image.load()
    orientation = _orientation(image)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # The centre first: what is cut away needs no work.
    square = _flat(image.crop((left, top, left + side, top + side)))
    if side > SIDE:
        square = square.resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    # Of all that a camera writes into a picture this alone is kept, by turning it.
    square.info.clear()
    exif = square.getexif()
    exif.clear()
    exif[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(square)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        # What a camera wrote beside the picture may be damaged without the picture being so.
        return 1


def _flat(image: Image.Image) -> Image.Image:
    """In RGB, on white where it is transparent: initials stand below an avatar."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGB", layer.size, "white")
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def _encoded(image: Image.Image) -> bytes:
    kept = io.BytesIO()
    # Made of the pixels alone, without the information that came with them.
    plain = Image.frombytes("RGB", image.size, image.tobytes())
    plain.save(kept, "WEBP", quality=_QUALITY, method=4)
    return kept.getvalue()
