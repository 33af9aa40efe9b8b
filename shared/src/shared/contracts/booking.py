"""Events of the booking service: seats taken and given back."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import Event
from shared.money import Amount


class BookingState(Event):
    aggregate_type: ClassVar[str] = "booking"

    session_id: UUID
    user_id: UUID
    creator_id: UUID
    booking_date: datetime
    ends_at: datetime
    status: Literal["confirmed", "cancelled"]
    amount: Amount
    currency: str
    created_at: datetime
    cancelled_at: datetime | None
    cancel_reason: str | None


class BookingCreated(BookingState):
    type: ClassVar[str] = "booking.booking.created.v1"


class BookingCancelled(BookingState):
    type: ClassVar[str] = "booking.booking.cancelled.v1"
