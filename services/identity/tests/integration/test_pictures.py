"""Pictures of people: sent, made small, kept, seen and forgotten, in a folder and in a storage that speaks S3."""

import asyncio
import io
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image
from services.identity.tests.conftest import Api, Person, migrated, running

from identity.pictures import service
from identity.pictures.storage import open_storage
from identity.settings import Settings
from shared.clock import utcnow
from shared.testing.eventually import eventually
from shared.testing.infra import TestDatabase

AVATAR = "/api/auth/avatar/"
KEYS = {"media_s3_access_key_id": "a-key-of-tests", "media_s3_secret_access_key": "a-secret-of-tests"}


@pytest.fixture(scope="module")
async def s3() -> AsyncIterator[str]:
    """The address of a server that speaks S3."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

            async def made() -> bool:
                try:
                    return (await client.put("/pictures", headers=_signed())).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually("the S3 server makes a bucket", made, within=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _signed() -> dict[str, str]:
    """moto looks at no signature, but takes a request for one to S3 by its form."""
    return {"Authorization": "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, Signature=s"}


@pytest.fixture(scope="module", params=["folder", "s3"])
async def api(
    request: pytest.FixtureRequest,
    s3: str,
    make_database: Callable[[], TestDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Api]:
    """One per storage: every test here runs on both."""
    bucket = {"media_s3_bucket": "pictures", "media_s3_endpoint": s3, **KEYS}
    folder = {"media_folder": tmp_path_factory.mktemp("media")}
    settings: dict[str, Any] = bucket if request.param == "s3" else folder
    async with running(await migrated(make_database()), **settings) as started:
        yield started


def picture(
    size: tuple[int, int] = (640, 480), form: str = "JPEG", mode: str = "RGB", color: Any = "teal", **more: Any
) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, color).save(made, form, **more)
    return made.getvalue()


async def send(person: Person, data: bytes, *, name: str = "me.jpg", field: str = "file") -> httpx.Response:
    return await person.client.post(AVATAR, files={field: (name, data, "image/jpeg")})


async def stored(api: Api) -> set[str]:
    portions = api.parts.pictures.storage.written_before(utcnow() + timedelta(hours=1))
    return {name async for portion in portions for name in portion}


def name_of(answer: httpx.Response) -> str:
    avatar: str = answer.json()["avatar"]
    assert avatar.startswith("/api/auth/avatars/")
    return avatar.rsplit("/", 1)[1]


async def seen(client: httpx.AsyncClient, avatar: str) -> Image.Image:
    answer = await client.get(avatar)
    assert answer.status_code == 200
    image = Image.open(io.BytesIO(answer.content))
    assert image.format == "WEBP"
    return image


async def test_a_picture_is_sent_and_everybody_sees_it(api: Api, user: Person, client: httpx.AsyncClient) -> None:
    answer = await send(user, picture((900, 700)))
    assert answer.status_code == 200, answer.text
    assert (await user.profile()).json() == answer.json()
    assert answer.json()["profile_completion"] == 80
    shown = await client.get(answer.json()["avatar"])
    assert {name: shown.headers[name] for name in ("Content-Type", "X-Content-Type-Options", "Cache-Control")} == {
        "Content-Type": "image/webp",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown.headers["Content-Disposition"] == 'inline; filename="avatar.webp"'
    again = await client.get(answer.json()["avatar"], headers={"If-None-Match": shown.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await seen(client, answer.json()["avatar"])).size == (512, 512)
    # Others hear of it, and the web app's server is told where it is.
    assert api.events(user.id)[-1]["payload"]["avatar"] == answer.json()["avatar"]
    internal = await client.get(f"/internal/avatars/{user.id}/")
    assert internal.json() == {"url": answer.json()["avatar"]}


async def test_the_next_one_replaces_it(api: Api, user: Person) -> None:
    first = name_of(await send(user, picture()))
    second = name_of(await send(user, picture(color="navy"), field="avatar"))
    assert first != second
    assert {first, second} & await stored(api) == {second}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_another_address_or_none_deletes_the_stored_one(api: Api, user: Person, method: str) -> None:
    for avatar in ("https://images.example.com/me.jpg", None):
        name = name_of(await send(user, picture()))
        answer = await user.client.request(method, "/api/auth/profile/", json={"avatar": avatar})
        assert (answer.status_code, answer.json()["avatar"]) == (200, avatar)
        assert name not in await stored(api)


async def test_a_stored_picture_is_nobody_elses_to_name(api: Api, user: Person, creator: Person, admin: Person) -> None:
    avatar = (await send(user, picture())).json()["avatar"]
    # Who gives back what they read has changed nothing.
    kept = await user.client.put("/api/auth/profile/", json={**(await user.profile()).json(), "bio": "Me"})
    assert (kept.status_code, kept.json()["avatar"], kept.json()["bio"]) == (200, avatar, "Me")
    for refused in (
        await creator.client.patch("/api/auth/profile/", json={"avatar": avatar}),
        await admin.client.patch(f"/api/users/{creator.id}/", json={"avatar": avatar}),
        await user.client.patch("/api/auth/profile/", json={"avatar": f"/api/auth/avatars/{uuid4().hex}.webp"}),
        await user.client.patch("/api/auth/profile/", json={"avatar": "/api/auth/avatars/../x.webp"}),
    ):
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["avatar"])
    assert name_of(await user.profile()) in await stored(api)


async def test_admins_take_pictures_away(api: Api, user: Person, creator: Person, admin: Person) -> None:
    names = [name_of(await send(person, picture())) for person in (user, creator)]
    changed = await admin.client.patch(f"/api/users/{user.id}/", json={"avatar": None})
    assert (changed.status_code, changed.json()["avatar"]) == (200, None)
    assert (await admin.client.delete(f"/api/users/{creator.id}/")).status_code == 204
    assert not await stored(api) & set(names)


async def test_only_people_who_are_logged_in_send_pictures(client: httpx.AsyncClient) -> None:
    answer = await client.post(AVATAR, files={"file": ("me.jpg", picture(), "image/jpeg")})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


async def test_a_name_that_is_none(client: httpx.AsyncClient) -> None:
    missing = await client.get(f"/api/auth/avatars/{uuid4().hex}.webp")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    for name in ("x", "..%2f..%2fsecrets.webp", f"{uuid4().hex}.png", f"{uuid4().hex.upper()}.webp"):
        assert (await client.get(f"/api/auth/avatars/{name}")).status_code in (400, 404)


async def test_what_no_account_names_is_deleted_after_a_day(api: Api, user: Person) -> None:
    storage = api.parts.pictures.storage
    named = name_of(await send(user, picture()))
    orphan = f"{uuid4().hex}.webp"
    # A process died after it wrote the file, before the commit.
    await storage.put(orphan, b"half of the work")
    await service.prune(api.database, storage, utcnow() + timedelta(hours=23))
    assert {named, orphan} <= await stored(api)
    await service.prune(api.database, storage, utcnow() + timedelta(hours=25))
    assert {named, orphan} & await stored(api) == {named}


async def test_many_at_once(api: Api) -> None:
    """Some are told to wait, none is broken, and whoever asks for something else meanwhile gets it."""
    people = [await api.join() for _ in range(8)]
    photo = picture((5000, 4000), quality=30)
    api.parts.pictures._limit, limit = 3, api.parts.pictures._limit
    try:
        uploads = asyncio.gather(*(send(person, photo) for person in people for _ in range(2)))
        others = [await person.profile() for person in people]
        answers = await uploads
    finally:
        api.parts.pictures._limit = limit
    assert {answer.status_code for answer in others} == {200}
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 503)
    # Every place is free again.
    assert (await send(people[0], photo)).status_code == 200
    for person in people:
        avatar = (await person.profile()).json()["avatar"]
        assert avatar is None or name_of(await person.profile()) in await stored(api)


async def test_a_storage_that_is_away_is_a_503(api: Api, user: Person) -> None:
    nowhere = open_storage(
        Settings(media_s3_bucket="pictures", media_s3_endpoint="http://127.0.0.1:1", secret_key="x", **KEYS)
    )
    kept = (await send(user, picture())).json()["avatar"]
    storage, api.parts.pictures.storage = api.parts.pictures.storage, nowhere
    try:
        sent = await send(user, picture())
        read = await user.client.get(kept)
        removed = await user.client.patch("/api/auth/profile/", json={"avatar": None})
    finally:
        api.parts.pictures.storage = storage
    assert {(answer.status_code, answer.json()["code"]) for answer in (sent, read)} == {(503, "unavailable")}
    # The account is right at once; the file goes with the worker's next round.
    assert (removed.status_code, removed.json()["avatar"]) == (200, None)
    await service.prune(api.database, storage, utcnow() + timedelta(hours=25))
    assert kept.rsplit("/", 1)[1] not in await stored(api)
