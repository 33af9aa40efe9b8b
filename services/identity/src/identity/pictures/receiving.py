"""Reading the one file of a form, and not a byte more than may come."""

from collections.abc import AsyncGenerator

from fastapi import Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from identity.pictures.errors import NotAPicture, PictureTooLarge
from identity.pictures.pictures import MAX_BYTES
from shared.errors import BadRequest, InvalidInput

FIELDS = ("file", "avatar")
_AROUND = 64 * 1024  # what a form has beside its file
MAX_FORM_BYTES = MAX_BYTES + _AROUND


async def read_file(request: Request) -> bytes:
    """The content of the form's file. Raises NotAPicture for another kind of body, PictureTooLarge, BadRequest,
    InvalidInput."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "multipart/form-data":
        raise NotAPicture
    parser = MultiPartParser(request.headers, _bounded(request), max_files=1, max_fields=8, max_part_size=1024)
    parser.spool_max_size = MAX_FORM_BYTES  # in memory: only a few are received at a time
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError) as error:
        raise BadRequest(f"The form can't be read: {error}") from error
    try:
        found = next((form[field] for field in FIELDS if field in form), None)
        if found is None:
            raise InvalidInput(errors={"file": ["Field required"]})
        if not isinstance(found, UploadFile):
            raise InvalidInput(errors={"file": ["Send the picture as a file"]})
        return await found.read()
    finally:
        await form.close()


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > MAX_FORM_BYTES:
            raise PictureTooLarge(errors={"file": ["Choose a picture of at most 10 MiB"]})
        yield chunk
