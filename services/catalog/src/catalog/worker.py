"""The worker process: relay and consumer, and forgetting logins that ended long enough ago."""

from fastapi import FastAPI

from catalog.consumers import HANDLERS, REPLICAS
from catalog.settings import Settings
from shared.revocation import prune_revoked_logins
from shared.worker import Chore, create_worker


def create() -> FastAPI:
    chores = [Chore(prune_revoked_logins)]
    return create_worker(Settings(), handlers=HANDLERS, chores=chores, replicas=REPLICAS)
