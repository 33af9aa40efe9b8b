"""Tables of the sessions slice: replicas of sessions and users, and the seat inventory."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Computed, DateTime, Integer, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from booking.base import Base


class UserReplica(Base):
    """A user as identity tells. Version 0: known by name only, until identity's own event arrives."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    email: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(Text)
    first_name: Mapped[str] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    avatar: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SessionReplica(Base):
    """A session as catalog tells; a deleted one stays as a tombstone."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    creator_id: Mapped[UUID] = mapped_column(Uuid)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    duration: Mapped[int] = mapped_column(Integer)
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    currency: Mapped[str] = mapped_column(Text)
    max_participants: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text)
    image_url: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    creator_active: Mapped[bool] = mapped_column(Boolean)


class Occurrence(Base):
    """One start of a session with its seats."""

    __tablename__ = "occurrences"

    session_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    creator_id: Mapped[UUID] = mapped_column(Uuid)
    seats_taken: Mapped[int] = mapped_column(Integer)
    ceiling: Mapped[int] = mapped_column(Integer)
    occupied: Mapped[bool] = mapped_column(Boolean, Computed("seats_taken > 0"))


class SessionCard(Base):
    """A view: how a session looks beside a booking, as JSON."""

    __tablename__ = "session_cards"

    session_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
