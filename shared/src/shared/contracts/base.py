"""What every event has."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """An integration event: the state of an aggregate after something happened to it.

    Readers ignore fields they don't know, so that v1 can grow.
    """

    # An event that can't be read is logged, and its values are people's.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    type: ClassVar[str]
    aggregate_type: ClassVar[str]

    id: UUID

    @property
    def aggregate_id(self) -> UUID:
        return self.id
