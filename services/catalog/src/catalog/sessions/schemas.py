from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from catalog.sessions.values import (
    Category,
    Currency,
    Description,
    Duration,
    ImageUrl,
    Location,
    MaxParticipants,
    Schedule,
    Timezone,
    Title,
    plain_amount,
)
from shared.audit import Reason
from shared.bulk import BulkRequest
from shared.clock import UtcDatetime
from shared.export import Export
from shared.money import Amount, PriceIn
from shared.schemas import Body

Status = Literal["active", "inactive", "completed"]


class SessionCreate(Body):
    title: Title
    description: Description
    duration: Duration
    price: PriceIn
    max_participants: MaxParticipants
    currency: Currency = "USD"
    status: Status = "active"
    image_url: ImageUrl = None
    category: Category = None
    timezone: Timezone = "UTC"
    location: Location = None
    schedule: Schedule = None
    creator: UUID | None = Field(
        default=None, description="For admins, and required of them: whose session it is. Ignored from creators"
    )
    reason: Reason = ""


def _drop_defaults(schema: dict[str, Any]) -> None:
    for field in schema["properties"].values():
        field.pop("default", None)


_ABSENT: Any = None  # never read: what was left out is left alone


class SessionUpdate(Body):
    """What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra=_drop_defaults)

    title: Title = _ABSENT
    description: Description = _ABSENT
    duration: Duration = _ABSENT
    price: PriceIn = _ABSENT
    max_participants: MaxParticipants = _ABSENT
    currency: Currency = _ABSENT
    status: Status = _ABSENT
    image_url: ImageUrl = None
    category: Category = None
    timezone: Timezone = _ABSENT
    location: Location = None
    schedule: Schedule = None
    reason: Reason = ""


class CreatorDetails(BaseModel):
    id: UUID
    username: str
    first_name: str
    last_name: str
    avatar: str | None


class SessionOut(BaseModel):
    """A session as clients see it. The read model renders the same text in SQL; a contract test compares them."""

    id: UUID
    title: str
    description: str
    duration: int = Field(description="Minutes")
    price: Amount
    currency: str
    max_participants: int = Field(description="Per start time")
    status: Status
    image_url: str | None
    category: str | None = Field(description="A slug of `GET /api/sessions/categories/`")
    timezone: str
    location: str | None
    schedule: dict[str, Any] | None
    creator_details: CreatorDetails
    bookings_count: int = Field(description="Confirmed bookings, all start times together")
    created_at: UtcDatetime
    updated_at: UtcDatetime


class OwnSession(BaseModel):
    """A session as its creator takes it along, also one that is hidden or deleted."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    description: str
    duration: int
    price: Amount
    currency: str
    max_participants: int
    status: Status
    image_url: str | None
    category: str | None
    timezone: str
    location: str | None
    schedule: dict[str, Any] | None
    created_at: UtcDatetime
    updated_at: UtcDatetime
    deleted_at: UtcDatetime | None


class SessionsExport(Export):
    sessions: list[OwnSession]


class AdminSession(SessionOut):
    """A session as admins see it, also when nobody else does."""

    is_public: bool = Field(description="Whether everybody sees it: active, and its creator may offer sessions")
    deleted_at: UtcDatetime | None


class SessionsBulk(BulkRequest):
    """Deactivating is undone by activating; deleting by nothing."""

    action: Literal["activate", "deactivate", "delete"]


class StatusCounts(BaseModel):
    """Sessions as they are now."""

    total: int = Field(description="Without deleted ones")
    active: int
    inactive: int
    completed: int
    public: int = Field(description="Active ones of creators who may offer sessions")
    deleted: int


class SessionsOfDay(BaseModel):
    date: date
    created: int
    deleted: int


class CategoryCount(BaseModel):
    slug: str | None
    name: str | None = Field(description="null: without a category")
    sessions: int


class BusyCreator(CreatorDetails):
    sessions: int
    bookings: int = Field(description="Confirmed bookings of these sessions")


class SessionStats(BaseModel):
    sessions: StatusCounts
    created: int = Field(description="In the period, also those that were deleted since")
    deleted: int = Field(description="In the period")
    series: list[SessionsOfDay] = Field(description="UTC days on which something happened, in order; they add up")
    categories: list[CategoryCount] = Field(description="Sessions that aren't deleted, the largest categories first")
    top_creators: list[BusyCreator] = Field(description="By sessions that aren't deleted")


class CategoryOut(BaseModel):
    slug: str
    name: str
    count: int = Field(description="Public sessions in it")


def _absent_if_empty(value: Any) -> Any:
    # An HTML form sends every field, also those left empty.
    return None if isinstance(value, str) and not value.strip() else value


def _plain_or_absent(value: Any) -> Any:
    given = _absent_if_empty(value)
    return None if given is None else plain_amount(given)


# Any: FastAPI reads the type inside, and "" is the same as absent.
_Empty = BeforeValidator(_absent_if_empty)
_PlainOrEmpty = BeforeValidator(_plain_or_absent)
Ordering = Literal[
    "price",
    "-price",
    "duration",
    "-duration",
    "created_at",
    "-created_at",
    "title",
    "-title",
    "popularity",
    "-popularity",
]
_Price = Annotated[Decimal, Field(ge=0, le=1_000_000_000, decimal_places=2, allow_inf_nan=False)]
_Minutes = Annotated[int, Field(ge=0, le=1_000_000)]


class ListQuery(BaseModel):
    """The query of the list. Unknown parameters are ignored, empty ones count as absent."""

    model_config = ConfigDict(frozen=True)

    search: Annotated[
        Annotated[str, Field(max_length=200)] | None,
        _Empty,
        Field(description="In title, description, creator and category; best first, tolerates typos"),
    ] = None
    category: Annotated[
        Annotated[str, Field(max_length=250)] | None, _Empty, Field(description="Slug or name of a category")
    ] = None
    creator: Annotated[
        Annotated[str, Field(max_length=150)] | None, _Empty, Field(description="A creator's id or username")
    ] = None
    min_price: Annotated[_Price | None, _PlainOrEmpty] = None
    max_price: Annotated[_Price | None, _PlainOrEmpty] = None
    min_duration: Annotated[_Minutes | None, _Empty, Field(description="Minutes")] = None
    max_duration: Annotated[_Minutes | None, _Empty, Field(description="Minutes")] = None
    status: Annotated[
        Literal["active", "inactive", "completed", "all"] | None,
        _Empty,
        Field(description="Other than `active`: own sessions only; admins: everybody's, also hidden active ones"),
    ] = None
    my_sessions: Annotated[
        bool | None, _Empty, Field(description="`true`: own sessions of any status, for creators and admins")
    ] = None
    ordering: Annotated[
        Ordering | None, _Empty, Field(description="`-` for descending. Without it: best match, else newest first")
    ] = None
    page: Annotated[int | None, Field(ge=1, le=10_000_000, description="From 1")] = None
    page_size: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[
        Annotated[str, Field(max_length=2000)] | None,
        Field(description="For deep paging: empty to start, then from the `next` link"),
    ] = None
