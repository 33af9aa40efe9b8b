"""What clients get around revenue."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.clock import UtcDatetime
from shared.money import Amount

Kind = Literal["booked", "cancelled"]


@dataclass(frozen=True, slots=True)
class Period:
    """UTC days, both included; None means without end."""

    first: date | None = None
    last: date | None = None


class Entry(BaseModel):
    """One row for the ledger: what one booking event means for its creator's revenue."""

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    booking_id: UUID
    creator_id: UUID
    session_id: UUID
    kind: Kind
    amount: Decimal  # signed
    currency: str
    day: date
    booked_day: date
    starts_at: datetime
    occurred_at: datetime


class Revenue(BaseModel):
    currency: str
    gross: Amount = Field(description="The amounts of all bookings made")
    refunded: Amount = Field(description="The amounts of those cancelled")
    net: Amount


class RevenueOfDay(Revenue):
    date: date
    bookings: int = Field(description="Bookings made on this day")


class BookingCounts(BaseModel):
    confirmed: int = Field(description="Made in the period and not cancelled")
    cancelled: int = Field(description="Cancelled in the period")
    upcoming: int = Field(description="Of the confirmed ones, those that haven't started")


class Seats(BaseModel):
    """Of the starts that are still to come and have a booking."""

    booked: int
    capacity: int


class Top(BaseModel):
    made: int = Field(description="Bookings made in the period")
    cancelled: int = Field(description="Bookings cancelled in the period, whenever they were made")
    bookings: int = Field(description="Without those cancelled")
    currency: str
    net: Amount


class TopSession(Top):
    id: UUID
    title: str


TOP = "The first five of each currency, by net"


class CreatorStats(BaseModel):
    revenue: list[Revenue]
    series: list[RevenueOfDay] = Field(description="Days on which something happened, in order")
    bookings: BookingCounts
    seats: Seats
    top_sessions: list[TopSession] = Field(description=TOP)


class TopCreator(Top):
    id: UUID
    username: str
    first_name: str
    last_name: str


class UserCounts(BaseModel):
    total: int
    active: int
    users: int
    creators: int
    admins: int


class SessionCounts(BaseModel):
    total: int
    active: int
    inactive: int
    completed: int


class AllBookingCounts(BookingCounts):
    total: int = Field(description="Made in the period")
    cancellation_rate: float | None = Field(
        ge=0, le=1, description="The share of those made in the period that was cancelled since; null without any"
    )


class SystemDay(RevenueOfDay):
    cancelled: int = Field(description="Bookings cancelled on this day, whenever they were made")


class SystemStats(BaseModel):
    users: UserCounts
    creators: int = Field(description="Active creators")
    sessions: SessionCounts
    bookings: AllBookingCounts
    revenue: list[Revenue]
    series: list[SystemDay] = Field(description="Days on which something happened, in order; they add up")
    top_creators: list[TopCreator] = Field(description=TOP)
    top_sessions: list[TopSession] = Field(description=TOP)


class LedgerRow(BaseModel):
    """One booking event. The sum of `amount` is the net revenue."""

    id: UUID = Field(description="The event's id")
    booking: UUID
    session: UUID
    kind: Kind
    date: date
    amount: Amount = Field(description="Positive when booked, negative when cancelled")
    currency: str
    occurred_at: UtcDatetime


class Difference(BaseModel):
    """A row of the projection that isn't what it should be; None: it isn't there, or shouldn't be."""

    place: Literal["ledger", "sums per day", "sums per session", "seats per start"]
    creator_id: UUID
    currency: str | None
    what: str
    expected: dict[str, Any] | None
    found: dict[str, Any] | None

    def __str__(self) -> str:
        expected, found = self.expected or {}, self.found or {}
        names = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
        told = ", ".join(f"{name} {found.get(name)} instead of {expected.get(name)}" for name in names)
        if self.found is None or self.expected is None:
            told = "missing" if self.found is None else "shouldn't be there"
        return f"{self.place}: creator {self.creator_id}, {self.currency or 'any currency'}, {self.what}: {told}"


class Drift(BaseModel):
    """How the projection differs from the bookings."""

    total: int
    differences: list[Difference] = Field(description="The first of them")
    pending: int = Field(description="Events that haven't reached the projection")
