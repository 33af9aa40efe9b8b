"""What the web app's server may ask directly. The public gateway routes none of it."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from identity.accounts import service
from shared.db import SessionDep

router = APIRouter(include_in_schema=False)


class AvatarAddress(BaseModel):
    url: str


@router.get("/internal/avatars/{user_id}/")
async def avatar_address(user_id: UUID, session: SessionDep) -> AvatarAddress:
    """Where somebody's picture is: browsers are shown a copy of it and never meet this address."""
    return AvatarAddress(url=await service.avatar(session, user_id))
