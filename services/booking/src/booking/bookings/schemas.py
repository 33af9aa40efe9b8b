"""What clients give and get around bookings."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, field_validator, model_validator

from booking.revenue.schemas import LedgerRow
from shared.bulk import BulkRequest
from shared.clock import UtcDatetime
from shared.export import Export
from shared.money import Amount, PriceIn
from shared.schemas import Body

Status = Literal["confirmed", "cancelled"]


class BookingCreate(Body):
    """A seat that somebody wants."""

    session: UUID
    booking_date: UtcDatetime = Field(description="The start, on a whole minute, within the next two years")
    expected_amount: PriceIn | None = Field(
        default=None, description="The price that you saw; if it is another one now, nothing is booked"
    )


class BookingChange(Body):
    """A booking is changed by cancelling it; moving it to another time isn't offered yet."""

    status: Literal["cancelled"] | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None
    booking_date: Any = Field(default=None, description="Moving a booking isn't offered yet: 400")

    @field_validator("booking_date")
    @classmethod
    def _no_move_yet(cls, _value: Any) -> Any:
        raise ValueError("Moving a booking isn't offered yet. Please cancel it and book the other time.")

    @model_validator(mode="after")
    def _some_change(self) -> Self:
        if self.status is None:
            raise ValueError('Give {"status": "cancelled"} to cancel the booking')
        return self


class CreatorDetails(BaseModel):
    id: UUID
    username: str
    first_name: str
    last_name: str
    avatar: str | None


class SessionDetails(BaseModel):
    """The session as it is now, or as it was when it was deleted."""

    id: UUID
    title: str
    description: str
    duration: int = Field(description="Minutes")
    price: Amount
    currency: str
    image_url: str | None
    category: str | None
    timezone: str
    location: str | None
    status: Literal["active", "inactive", "completed"]
    creator_details: CreatorDetails


class UserDetails(CreatorDetails):
    email: str


class BookingOut(BaseModel):
    id: UUID
    session: UUID
    user: UUID
    booking_date: UtcDatetime
    ends_at: UtcDatetime
    status: Status
    amount: Amount = Field(description="The price when it was booked")
    currency: str
    session_details: SessionDetails
    created_at: UtcDatetime
    cancelled_at: UtcDatetime | None
    cancel_reason: str | None


class BookingWithUser(BookingOut):
    """A booking as the session's creator and admins see it."""

    user_details: UserDetails


class BookerName(BaseModel):
    id: UUID
    username: str
    first_name: str
    last_name: str


class GivenBooking(BookingOut):
    """A booking as the session's creator takes it along: with the booker's name, but not how to reach them."""

    user_details: BookerName


class BookingsExport(Export):
    bookings: list[BookingOut] = Field(description="The caller's seats")
    bookings_of_own_sessions: list[GivenBooking]
    ledger: list[LedgerRow] = Field(description="The rows behind the caller's revenue")


class BookingsBulk(BulkRequest):
    """Cancelling can't be undone. The bookers see the reason."""

    action: Literal["cancel"]


class Refund(BaseModel):
    currency: str
    amount: Amount


class CancellationPreview(BaseModel):
    """Confirmed bookings that haven't started: they are cancelled with their session or creator."""

    bookings: int
    people: int = Field(description="Who made them")
    refunds: list[Refund]
