"""What operators get and send."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.clock import UtcDatetime
from shared.schemas import Body


class DatabaseState(BaseModel):
    ok: bool
    ms: float = Field(description="How long it took to answer")
    size_bytes: int = Field(description="Of the service's tables and their indexes")
    revision: str | None = Field(description="The migration that the schema is at")


class BrokerState(BaseModel):
    ok: bool
    ms: float | None = Field(description="How long it took to connect and answer")


class OutboxState(BaseModel):
    unpublished: int = Field(description="Events that the broker hasn't got yet")
    oldest_age_seconds: float | None = Field(description="How long the oldest of them has waited")
    failing: int = Field(description="Aggregates whose events wait because the broker didn't take one of them")


class QueueState(BaseModel):
    messages: int = Field(description="Messages that wait to be delivered")
    in_hand: int = Field(description="Messages that were delivered and are being handled")
    retrying: int = Field(description="Messages that failed and wait for another try")
    consumers: int
    lag_seconds: float | None = Field(
        description="The longest that an event took to its effect in the last seconds; null when there was none"
    )


class DeadLettersState(BaseModel):
    count: int


class WorkerState(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: str
    started_at: UtcDatetime
    seen_at: UtcDatetime
    alive: bool = Field(description="Seen in the last 15 seconds")
    leads: bool = Field(description="It is the one that relays the outbox")
    consuming: bool | None = Field(description="Null in a service without a queue")


class ReplicaState(BaseModel):
    name: str
    owner: str = Field(description="The service whose rows these are")
    rows: int
    exact: bool = Field(description="Many rows are estimated instead of counted")


class OperationsState(BaseModel):
    """A service as it is right now."""

    service: str
    version: str = Field(description="Of the api process that answers")
    started_at: UtcDatetime = Field(description="Of the api process that answers")
    consumes: bool = Field(description="Whether it has a queue; without one it has no dead letters either")
    database: DatabaseState
    broker: BrokerState
    outbox: OutboxState
    queue: QueueState | None = Field(description="Null without a queue, or when the broker doesn't answer")
    dead_letters: DeadLettersState | None = Field(description="Null without a queue, or when the broker is away")
    workers: list[WorkerState]
    replicas: list[ReplicaState]


class DeadLetterSummary(BaseModel):
    """A message that could not be handled."""

    model_config = ConfigDict(from_attributes=True)

    id: str | None = Field(description="The message's id; null when whoever sent it gave none")
    type: str | None
    subject: str | None = Field(description="The aggregate's id")
    reason: str
    attempts: int
    died_at: UtcDatetime | None


class DeadLetterDocument(DeadLetterSummary):
    headers: dict[str, Any]
    payload: Any = Field(description="The message's body: JSON, or text where it is none")


class Asked(Body):
    """Why an operator does something."""

    reason: str = Field(default="", max_length=500, description="Why; it is kept in the audit log")


class CheckRequest(Asked):
    replicas: list[str] | None = Field(default=None, description="Their names; without: all", max_length=20)


class ResyncRequest(CheckRequest):
    close_unknown: bool = Field(
        default=False,
        description="Close the rows that their owner doesn't have: delete sessions, disable accounts, not count"
        " bookings. Without it they are told and left alone",
    )


class ResendRequest(Asked):
    """Either `ids` or `all`."""

    ids: list[Annotated[str, StringConstraints(min_length=1, max_length=255)]] | None = Field(
        default=None, min_length=1, max_length=500
    )
    all: bool = False

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.all == (self.ids is not None):
            raise ValueError("Give either ids, or all: true")
        return self


class Resent(BaseModel):
    sent: list[str]
    missing: list[str] = Field(description="Ids that weren't among the dead letters")
