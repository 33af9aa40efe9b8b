from uuid import UUID

from pydantic import BaseModel, Field

from catalog.sessions.schemas import SessionOut
from shared.clock import UtcDatetime


class CreatorHead(BaseModel):
    id: UUID
    username: str
    first_name: str
    last_name: str
    avatar: str | None
    bio: str
    created_at: UtcDatetime
    sessions_count: int = Field(description="How many active sessions there are")


class CreatorProfile(CreatorHead):
    """What everybody may see of somebody who offers sessions."""

    sessions: list[SessionOut] = Field(description="The newest 100 of them; `GET /api/sessions/?creator=` has all")
