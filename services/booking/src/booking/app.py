"""The api process, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from booking.bookings.endpoints import admin, bookings
from booking.bookings.models import Booking
from booking.consumers import REPLICAS
from booking.revenue.endpoints import router as revenue
from booking.revenue.operations import router as revenue_operations
from booking.revenue.streams import Streams
from booking.sessions.endpoints import router as sessions
from booking.sessions.read_through import ReadThrough
from booking.sessions.service import account_state
from booking.settings import Settings
from booking.stopping import when_told_to_stop
from shared.app import create_app
from shared.audit_endpoints import audit_router
from shared.auth import KeySource
from shared.contracts.booking import BookingState
from shared.operations import endpoints as operations
from shared.replicas import snapshot


@asynccontextmanager
async def _read_through(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with httpx.AsyncClient(base_url=settings.catalog_url, timeout=settings.read_through_seconds) as client:
        app.state.read_through = ReadThrough(app.state.database, client)
        yield


@asynccontextmanager
async def _streams(app: FastAPI) -> AsyncIterator[None]:
    streams = Streams(app.state.database, app.state.settings)
    app.state.streams = streams
    async with streams.running():
        with when_told_to_stop(streams.stop):
            yield


def create(settings: Settings | None = None, key_source: KeySource | None = None) -> FastAPI:
    """Routers with fixed paths come first: `/{booking_id}/` would take them for ids."""
    return create_app(
        settings or Settings(),
        routers=[
            sessions,
            revenue,
            admin.router,
            audit_router("booking"),
            bookings.router,
            operations.router("booking", consumes=True, replicas=REPLICAS),
            revenue_operations,
            snapshot("/internal/bookings/", Booking, BookingState),
        ],
        accounts=account_state,
        key_source=key_source,
        hooks=[_read_through, _streams],
    )
