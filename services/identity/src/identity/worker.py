"""The composition root of the identity worker: the relay, and forgetting what nobody needs any more."""

from fastapi import FastAPI

from identity.factors import challenges
from identity.login import families
from identity.pictures import service as pictures
from identity.pictures.storage import open_storage
from identity.settings import Settings
from shared.clock import utcnow
from shared.db import Database
from shared.worker import Job, create_worker

_CHALLENGES_SECONDS = 300.0  # anybody may make them, and they live for five minutes


async def prune_logins(database: Database) -> None:
    async with database.transaction() as session:
        await families.prune(session, utcnow())


async def prune_challenges(database: Database) -> None:
    async with database.transaction() as session:
        await challenges.prune(session, utcnow())


def create() -> FastAPI:
    settings = Settings()

    async def prune_pictures(database: Database) -> None:
        await pictures.prune(database, open_storage(settings), utcnow())

    jobs = [Job(prune_logins), Job(prune_pictures), Job(prune_challenges, every=_CHALLENGES_SECONDS)]
    return create_worker(settings, handlers={}, jobs=jobs)
