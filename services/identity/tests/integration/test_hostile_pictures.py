"""Files that are made to break or to fool whoever reads pictures, and honest ones that often go wrong."""

import asyncio
import io
import struct
import zlib
from typing import Any

import httpx
import pytest
from PIL import Image
from services.identity.tests.conftest import Api, Person

from identity.pictures.decoding import to_avatar
from identity.pictures.pictures import MAX_BYTES

AVATAR = "/api/auth/avatar/"
RED, BLUE = (250, 10, 10), (10, 10, 250)


@pytest.fixture(scope="module")
async def person(api: Api) -> Person:
    return await api.join()


async def send(person: Person, data: bytes, name: str = "me.jpg", media_type: str = "image/jpeg") -> httpx.Response:
    return await person.client.post(AVATAR, files={"file": (name, data, media_type)})


async def seen(person: Person, sent: httpx.Response) -> Image.Image:
    """The stored picture."""
    assert sent.status_code == 200, sent.text
    answer = await person.client.get(sent.json()["avatar"])
    image = Image.open(io.BytesIO(answer.content))
    assert image.format == "WEBP"
    image.load()
    return image


def encoded(image: Image.Image, form: str, **more: Any) -> bytes:
    made = io.BytesIO()
    image.save(made, form, **more)
    return made.getvalue()


def plain(form: str = "JPEG", size: tuple[int, int] = (80, 60), **more: Any) -> bytes:
    return encoded(Image.new("RGB", size, RED), form, **more)


def png_of(width: int, height: int) -> bytes:
    """A PNG whose few bytes say that it is as large as this."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def is_near(pixel: Any, color: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 30 for one, other in zip(pixel, color, strict=True))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
NO_PICTURES = {
    "svg": SVG,
    "html": HTML,
    "text": b"hello",
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "bmp": plain("BMP"),
    "tiff": plain("TIFF"),
    "ico": encoded(Image.new("RGB", (64, 64), RED), "ICO"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "zip": b"PK\x03\x04" + bytes(100),
    "zeros": bytes(1000),
}
UNREADABLE = {
    "empty": b"",
    "the beginning of a jpeg": b"\xff\xd8\xff",
    "the beginning of a png": b"\x89PNG\r\n\x1a\n",
    "the beginning of a webp": b"RIFF\0\0\0\0WEBP",
    "the beginning of a gif": b"GIF89a",
    "truncated jpeg": plain(size=(400, 400), quality=95)[:-400],
    "truncated png": plain("PNG", size=(400, 400))[:-60],
    "truncated webp": plain("WEBP", size=(400, 400))[:-40],
    "png of 100,000 x 100,000": png_of(100_000, 100_000),
    "png of 2,147,483,647 x 1": png_of(2**31 - 1, 1),
    "png of 5,000 x 5,000": png_of(5_000, 5_000),
    "jpeg of 9,000 x 9,000": plain(size=(9_000, 9_000), quality=1),
    "gif of 6,000 x 6,000": encoded(Image.new("P", (6_000, 6_000)), "GIF"),
}


@pytest.mark.parametrize("case", NO_PICTURES)
async def test_what_is_no_picture_is_refused_whatever_it_is_called(person: Person, case: str) -> None:
    before = (await person.profile()).json()
    answer = await send(person, NO_PICTURES[case])
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_picture"), answer.text
    assert list(answer.json()["errors"]) == ["file"]
    assert (await person.profile()).json() == before


@pytest.mark.parametrize("case", UNREADABLE)
async def test_what_is_damaged_or_far_too_large_is_bad_input(person: Person, case: str) -> None:
    answer = await send(person, UNREADABLE[case])
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_picture"), answer.text
    assert list(answer.json()["errors"]) == ["file"]


async def test_a_jpeg_of_endless_scans_is_refused_before_any_is_walked(person: Person) -> None:
    """Each scan of a few bytes walks over all pixels: 100,000 of them would keep a core busy for hours."""
    whole = encoded(Image.effect_noise((3000, 3000), 60), "JPEG", progressive=True)
    scan = whole.rindex(b"\xff\xda")
    end = whole.rindex(b"\xff\xd9")
    answer = await send(person, whole[:end] + whole[scan:end][:40] * 100_000 + whole[end:])
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_picture"), answer.text


async def test_the_wrong_name_and_type_matter_as_little_as_the_right_ones(person: Person) -> None:
    image = await seen(person, await send(person, plain("PNG"), name="../../etc/passwd.exe", media_type="text/html"))
    assert is_near(image.getpixel((5, 5)), RED)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_what_is_hidden_in_a_picture_is_gone(person: Person, form: str) -> None:
    """A picture that is a page, a script or an archive as well, behind its end or inside of it."""
    more: dict[str, Any] = {"comment": HTML} if form in ("JPEG", "GIF") else {}
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "secret place", "secret author"
    if form != "GIF":
        more["exif"] = exif
    hidden = plain(form, **more) + b"\n*/;alert(1);/*" + HTML + SVG + b"PK\x03\x04"
    image = await seen(person, await send(person, hidden))
    assert not {"exif", "xmp", "comment", "icc_profile"} & set(image.info)
    kept = (await person.client.get((await person.profile()).json()["avatar"])).content
    assert not [word for word in (b"script", b"secret", b"alert", b"svg", b"PK\x03") if word in kept]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_however_the_camera_was_held(orientation: int) -> None:
    # Red above blue, as it was seen; stored as a camera does that was held in that way.
    upright = Image.new("RGB", (40, 40), RED)
    upright.paste(BLUE, (0, 20, 40, 40))
    upright.paste("white", (0, 0, 20, 20))
    way = Image.Transpose
    stored = {
        2: way.FLIP_LEFT_RIGHT,
        3: way.ROTATE_180,
        4: way.FLIP_TOP_BOTTOM,
        5: way.TRANSPOSE,
        6: way.ROTATE_90,
        7: way.TRANSVERSE,
        8: way.ROTATE_270,
    }.get(orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = upright if stored is None else upright.transpose(stored)
    made = Image.open(io.BytesIO(to_avatar(encoded(image, "JPEG", exif=exif, quality=95)))).convert("RGB")
    places = [made.getpixel(place) for place in ((5, 5), (35, 5), (5, 35), (35, 35))]
    assert [is_near(pixel, color) for pixel, color in zip(places, ((255, 255, 255), RED, BLUE, BLUE), strict=True)] == [
        True
    ] * 4


async def test_of_an_animation_the_first_frame_is_taken(person: Person) -> None:
    frames = [Image.new("RGB", (50, 50), color) for color in (RED, BLUE, BLUE)]
    for form in ("GIF", "WEBP", "PNG"):
        image = await seen(
            person, await send(person, encoded(frames[0], form, save_all=True, append_images=frames[1:]))
        )
        assert getattr(image, "n_frames", 1) == 1
        assert is_near(image.convert("RGB").getpixel((20, 20)), RED), form


async def test_colours_of_other_kinds(person: Person) -> None:
    kinds = {
        "CMYK": encoded(Image.new("CMYK", (60, 60), (0, 245, 245, 0)), "JPEG"),
        "palette": encoded(Image.new("RGB", (60, 60), RED).convert("P"), "PNG"),
        "clear": encoded(Image.new("RGBA", (60, 60), (250, 10, 10, 255)), "PNG"),
    }
    for kind, data in kinds.items():
        image = await seen(person, await send(person, data))
        assert (image.mode, is_near(image.getpixel((9, 9)), RED)) == ("RGB", True), kind
    grey = await seen(person, await send(person, encoded(Image.new("L", (60, 60), 128), "JPEG")))
    assert is_near(grey.getpixel((9, 9)), (128, 128, 128))
    # Initials stand below an avatar: what is transparent is white.
    nothing = await seen(person, await send(person, encoded(Image.new("RGBA", (60, 60), (0, 0, 0, 0)), "PNG")))
    assert is_near(nothing.getpixel((9, 9)), (255, 255, 255))


async def test_sizes(person: Person) -> None:
    sizes = {(1, 1): 1, (3, 4000): 3, (300, 200): 200, (1200, 600): 512, (4000, 3000): 512}
    for size, side in sizes.items():
        assert (await seen(person, await send(person, plain(size=size)))).size == (side, side)
    # What phones make: far more pixels than anything else may have.
    assert (await seen(person, await send(person, plain(size=(8000, 6000), quality=30)))).size == (512, 512)


async def test_how_many_bytes_may_come(person: Person) -> None:
    """Padding behind a picture's end is no part of it, which makes files of any length."""
    photo = plain()
    exactly = await send(person, photo + bytes(MAX_BYTES - len(photo)))
    assert exactly.status_code == 200, exactly.text
    for more in (1, 1024 * 1024):
        answer = await send(person, photo + bytes(MAX_BYTES - len(photo) + more))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_body_without_a_length_is_bounded_as_it_comes(person: Person) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        while sent < 64 * 1024 * 1024:
            sent += 65536
            yield bytes(65536)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await person.client.post(AVATAR, content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert sent < 2 * MAX_BYTES


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": "image/png"}, plain("PNG"), 415),
        ({}, b"", 415),
        ({"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}, b"x", 415),
        ({"Content-Type": "multipart/form-data"}, b"x", 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"", 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\n\r\n--x--", 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"no form at all", 400),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--x--\r\n',
            400,
        ),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\na\r\n--x--\r\n',
            400,
        ),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xff\xfe\r\n\r\na\r\n--x',
            400,
        ),
        (
            {"Content-Type": "multipart/form-data; boundary=" + "y" * 400},
            b"--" + b"y" * 400 + b"\r\nContent-Disposition: form-data\r\n\r\na",
            400,
        ),
    ],
)
async def test_forms_that_are_none(person: Person, headers: dict[str, str], content: bytes, status: int) -> None:
    answer = await person.client.post(AVATAR, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_two_files_in_one_form(person: Person) -> None:
    files = [("file", ("a.jpg", plain(), "image/jpeg")), ("file", ("b.jpg", plain(), "image/jpeg"))]
    answer = await person.client.post(AVATAR, files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_others_are_answered_while_a_large_picture_is_worked_on(api: Api, person: Person) -> None:
    """Work is measured in answers, not in time: the same loop answers others while a thread decodes."""
    photo = encoded(Image.effect_noise((4000, 3900), 60), "WEBP", quality=40, method=0)
    upload = asyncio.create_task(send(person, photo))
    answered = 0
    while not upload.done():
        assert (await person.profile()).status_code == 200
        answered += 1
    assert (await upload).status_code == 200
    assert answered > 3
