"""Settings of the booking service."""

from typing import ClassVar

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    service_name: ClassVar[str] = "booking"

    # How long catalog may take to tell of a session that isn't known here yet.
    read_through_seconds: float = Field(default=1.0, gt=0)
