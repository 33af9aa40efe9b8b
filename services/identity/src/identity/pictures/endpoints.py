"""Pictures over HTTP: one's own is sent, everybody's are seen."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response

from identity.accounts.schemas import Profile
from identity.http import never_stored, operation_id
from identity.parts import PartsDep
from identity.pictures import names, receiving, service
from identity.pictures.errors import NotAPicture, PictureNotFound, PictureTooLarge, TooManyPictures, UnreadablePicture
from shared.auth import AuthUser
from shared.db import DatabaseDep, SessionDep
from shared.errors import BadRequest, InvalidInput, problem_responses

AVATAR = "/api/auth/avatar/"

router = APIRouter(tags=["accounts"], generate_unique_id_function=operation_id)

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "JPEG, PNG, WebP or GIF, at most 10 MiB; also taken by the name `avatar`",
                        }
                    },
                },
                "encoding": {"file": {"contentType": "image/jpeg, image/png, image/webp, image/gif"}},
            }
        },
    }
}
# Whoever opens a picture by its address sees a picture, and no page of ours, whatever a file was made to look like.
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": 'inline; filename="avatar.webp"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "public, max-age=31536000, immutable",
}


class WebP(Response):
    media_type = "image/webp"


@router.post(
    AVATAR,
    summary="Send a picture of oneself",
    openapi_extra=_FORM,
    responses=problem_responses(
        BadRequest, InvalidInput, UnreadablePicture, PictureTooLarge, NotAPicture, TooManyPictures
    ),
)
async def upload_avatar(
    request: Request, user: AuthUser, session: SessionDep, database: DatabaseDep, parts: PartsDep, response: Response
) -> Profile:
    """The centre of the picture, as a square of at most 512 pixels, replaces the one before. Nothing else of the file
    is kept: neither its name nor what a camera wrote into it. Of an animation the first frame is taken."""
    never_stored(response)
    # The caller is known: give the request's connection back before anything is received.
    await session.commit()
    changed = await service.replace(database, parts, user, lambda: receiving.read_file(request))
    return Profile.model_validate(changed)


@router.get(
    f"{names.FOLDER}{{name}}",
    summary="A stored picture",
    response_class=WebP,
    responses={
        200: {"content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "You have it already (If-None-Match)"},
        **problem_responses(PictureNotFound),
    },
)
async def read_picture(
    name: Annotated[
        str, Path(pattern=f"^{names.NAME}$", description="From an account's `avatar`", examples=[f"{'0f' * 16}.webp"])
    ],
    parts: PartsDep,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response:
    """What is stored under a name never changes."""
    etag = f'"{name.removesuffix(".webp")}"'
    headers = {**_SAFE, "ETag": etag}
    if if_none_match is not None and any(
        tag.strip().removeprefix("W/") in ("*", etag) for tag in if_none_match.split(",")
    ):
        return Response(status_code=304, headers=headers)
    return WebP(await parts.pictures.storage.get(name), headers=headers)
