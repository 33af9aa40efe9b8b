"""The public keys over HTTP."""

from typing import Any

from fastapi import APIRouter, Response

from identity.http import operation_id
from identity.parts import PartsDep
from shared.auth import JWKS_PATH
from shared.errors import Unavailable, problem_responses

router = APIRouter(tags=["keys"], generate_unique_id_function=operation_id)

# Shorter than a new key's lead, so that nobody meets a token before its key.
_CACHE_SECONDS = 60


@router.get(JWKS_PATH, summary="Public keys of access tokens", responses=problem_responses(Unavailable))
async def jwks(parts: PartsDep, response: Response) -> dict[str, Any]:
    """A JSON Web Key Set (RFC 7517). A key is published some minutes before it signs."""
    keys = await parts.keys.jwks()
    response.headers["Cache-Control"] = f"public, max-age={_CACHE_SECONDS}"
    return keys
