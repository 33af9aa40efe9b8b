"""The worker process: relay and consumer."""

from fastapi import FastAPI

from catalog.consumers import HANDLERS
from catalog.settings import Settings
from shared.worker import create_worker


def create() -> FastAPI:
    return create_worker(Settings(), handlers=HANDLERS)
