"""What every event has."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """An integration event: the state of an aggregate after something happened to it.

    Readers ignore fields they don't know, so that v1 can grow.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    aggregate_type: ClassVar[str]

    id: UUID

    @property
    def aggregate_id(self) -> UUID:
        return self.id
