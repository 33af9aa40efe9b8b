"""Events of the catalog service: sessions on offer."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from shared.contracts.base import Event
from shared.money import Amount


class SessionState(Event):
    aggregate_type: ClassVar[str] = "session"

    creator_id: UUID
    title: str
    description: str
    duration: int
    price: Amount
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


class SessionCreated(SessionState):
    type: ClassVar[str] = "catalog.session.created.v1"


class SessionUpdated(SessionState):
    type: ClassVar[str] = "catalog.session.updated.v1"


class SessionStatusChanged(SessionState):
    type: ClassVar[str] = "catalog.session.status_changed.v1"


class SessionDeleted(SessionState):
    type: ClassVar[str] = "catalog.session.deleted.v1"
