"""The composition root of the identity worker: the relay, and forgetting expired logins."""

from fastapi import FastAPI

from identity.login import families
from identity.settings import Settings
from shared.clock import utcnow
from shared.db import Database
from shared.worker import Job, create_worker


async def prune_logins(database: Database) -> None:
    async with database.transaction() as session:
        await families.prune(session, utcnow())


def create() -> FastAPI:
    return create_worker(Settings(), handlers={}, jobs=[Job(prune_logins)])
