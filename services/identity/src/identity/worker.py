"""The composition root of the identity worker: the relay, mail, and forgetting what nobody needs any more."""

from fastapi import FastAPI

from identity.confirmations import service as confirmations
from identity.derivation import require_secret
from identity.factors import challenges
from identity.login import families
from identity.mail.sending import Sender, forget_failed
from identity.oauth import service as oauth
from identity.parts import link_issuer
from identity.pictures import service as pictures
from identity.pictures.storage import open_storage
from identity.settings import Settings
from identity.throttle import service as throttle
from shared.clock import utcnow
from shared.db import Database
from shared.logging import get_logger
from shared.worker import Chore, create_worker

log = get_logger(__name__)

_MAIL_SECONDS = 0.5  # between looks at the queue
_CHALLENGES_SECONDS = 300.0  # anybody may make them, and they live for five minutes


async def prune_logins(database: Database) -> None:
    async with database.transaction() as session:
        await families.prune(session, utcnow())
    await throttle.prune(database, utcnow())


async def prune_challenges(database: Database) -> None:
    async with database.transaction() as session:
        await challenges.prune(session, utcnow())


async def prune_confirmations(database: Database) -> None:
    await confirmations.prune(database, utcnow)


async def prune_authorizations(database: Database) -> None:
    async with database.transaction() as session:
        await oauth.prune(session, utcnow())


def create() -> FastAPI:
    """Raises RuntimeError without a usable SECRET_KEY."""
    settings = Settings()
    require_secret(settings.secret_key, debug=settings.debug)
    if not settings.smtp_host:
        log.warning("no mail server is set (SMTP_HOST): mails wait, and are given up in the end")
    issuer = link_issuer(settings)
    sender = Sender(settings, issuer.tokens)

    async def handle_reset_requests(database: Database) -> None:
        await confirmations.handle_reset_requests(database, issuer, settings, utcnow)

    async def prune_pictures(database: Database) -> None:
        await pictures.prune(database, open_storage(settings), utcnow())

    chores = [
        Chore(handle_reset_requests, every=_MAIL_SECONDS, led=False),
        Chore(sender.send_mails, every=_MAIL_SECONDS, led=False),
        Chore(prune_challenges, every=_CHALLENGES_SECONDS),
        *(Chore(prune) for prune in (forget_failed, prune_confirmations, prune_logins, prune_pictures)),
        Chore(prune_authorizations),
    ]
    return create_worker(settings, handlers={}, chores=chores)
