"""Settings of the booking service."""

from typing import ClassVar

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    service_name: ClassVar[str] = "booking"

    # How long catalog may take to tell of a session that isn't known here yet.
    read_through_seconds: float = Field(default=1.0, gt=0)

    # Streams of figures. The poll is one statement for all who watch, and none when nobody does.
    stream_poll_seconds: float = Field(default=0.5, gt=0)
    stream_heartbeat_seconds: float = Field(default=15.0, gt=0)
    streams_per_user: int = Field(default=8, ge=1)
    # Each is an open socket here and another in the gateway.
    streams_per_process: int = Field(default=500, ge=1)

    # How often the worker that leads compares the revenue projection with the bookings.
    revenue_check_seconds: float = Field(default=300.0, gt=0)
