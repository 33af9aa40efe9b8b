"""What happens to people's pictures. A file is written before a row names it and deleted after none does."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from identity.accounts import service as accounts
from identity.accounts.models import User
from identity.parts import Parts
from identity.pictures import names
from identity.pictures.storage import Storage
from shared.auth import CurrentUser
from shared.db import Database
from shared.logging import get_logger

log = get_logger(__name__)

# A file may be older than the commit that names it, but never so much.
_ORPHAN_AGE = timedelta(days=1)


async def replace(
    database: Database, parts: Parts, caller: CurrentUser, receive: Callable[[], Awaitable[bytes]]
) -> User:
    """Make the file that `receive` brings the caller's avatar.

    No connection is held while it is received and worked on. Raises what `receive` and Pictures.keep raise, and
    TooManyPictures before anything is received.
    """
    with parts.pictures.place():
        name = await parts.pictures.keep(await receive())
    async with database.transaction() as session:
        user, before = await accounts.set_picture(session, caller.id, names.address(name), now=parts.clock())
    await parts.pictures.discard(before)
    return user


async def prune(database: Database, storage: Storage, now: datetime) -> None:
    """Delete what was stored a day ago and no account names: the process that wrote it died before the commit, or the
    one that was to delete it died after."""
    async for found in storage.written_before(now - _ORPHAN_AGE):
        async with database.transaction() as session:
            named = await accounts.pictures_among(session, [names.address(name) for name in found])
        orphans = [name for name in found if names.address(name) not in named]
        for name in orphans:
            await storage.delete(name)
        if orphans:
            log.info("orphaned pictures deleted", count=len(orphans))
