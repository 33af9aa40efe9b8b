from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class Session(Base):
    """The write model. A deleted session keeps its row as a tombstone."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    creator_id: Mapped[UUID]
    title: Mapped[str]
    description: Mapped[str]
    duration: Mapped[int]
    price: Mapped[Decimal]
    currency: Mapped[str]
    max_participants: Mapped[int]
    status: Mapped[str]
    image_url: Mapped[str | None]
    category: Mapped[str | None]
    timezone: Mapped[str]
    location: Mapped[str | None]
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class BookingMark(Base):
    """Replica of a booking, as far as counting needs it."""

    __tablename__ = "booking_marks"

    id: Mapped[UUID] = mapped_column("booking_id", primary_key=True)
    session_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]


class BookingCount(Base):
    """How many confirmed bookings a session has; every session has its row."""

    __tablename__ = "booking_counts"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    confirmed: Mapped[int]


@dataclass(frozen=True, slots=True)
class Card:
    """A row of the read model: a session's JSON as clients get it."""

    json: str
    etag: str
    is_public: bool
    creator_id: UUID


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of a list: cards, their ETags, how many there are in all, and the last row's key if more follow."""

    cards: Sequence[str]
    etags: Sequence[str]
    total: int
    last: tuple[Any, UUID] | None = None
