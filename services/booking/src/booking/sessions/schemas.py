"""What the sessions slice takes and gives."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.clock import UtcDatetime


class Facts(BaseModel):
    """What an owner tells of one of its rows, at one version of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    version: int


class UserFacts(Facts):
    email: str
    username: str
    first_name: str
    last_name: str
    role: Literal["user", "creator", "admin"]
    avatar: str | None
    is_active: bool
    created_at: datetime


class SessionFacts(Facts):
    creator_id: UUID
    title: str
    description: str
    duration: int
    price: Decimal
    currency: str
    max_participants: int
    status: Literal["active", "inactive", "completed"]
    image_url: str | None
    category: str | None
    timezone: str
    location: str | None
    schedule: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class CreatorNames(BaseModel):
    """What catalog knows of a session's creator: enough to show them until identity's own event arrives."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    avatar: str | None = None
    is_active: bool = True


class Slot(BaseModel):
    """A start that can be booked, or that others have booked already."""

    start: UtcDatetime
    end: UtcDatetime
    seats_left: int = Field(ge=0, description="0: sold out")
