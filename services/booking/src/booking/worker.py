"""The worker process: relay of booking's events, consumer of everybody's."""

from fastapi import FastAPI

from booking.consumers import HANDLERS
from booking.settings import Settings
from shared.worker import create_worker


def create() -> FastAPI:
    return create_worker(Settings(), handlers=HANDLERS)
