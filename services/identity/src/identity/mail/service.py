"""Mails are written in the transaction of what they tell of, and sent by a worker afterwards."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from identity.accounts.models import User
from identity.mail import repository
from identity.mail.contents import CONTENTS, Kind
from identity.mail.models import Link, Mail

_LIFE = timedelta(days=1)


async def enqueue(
    session: AsyncSession,
    kind: Kind,
    *,
    user: User,
    to: str | None = None,
    data: Mapping[str, str] | None = None,
    life: timedelta = _LIFE,
) -> None:
    """Have a mail sent to an account's address, or to another one, once the transaction is committed.

    Notices go to confirmed addresses alone: else anybody could open an account with somebody's address, and have them
    written to as often as they like. Whoever names another address vouches for it.

    `data` is what the kind's text needs beside the account itself; no secrets, it is stored. After `life` nobody tries
    to send it any more. Raises ValueError when data is missing.
    """
    values = dict(data or {})
    if missing := CONTENTS[kind].needs - values.keys():
        raise ValueError(f"A mail {kind} needs {', '.join(sorted(missing))}.")
    if to is None and not user.email_verified:
        return
    row = {
        "id": uuid7(),
        "kind": kind,
        "recipient": to or user.email,
        "user_id": user.id,
        "data": {"name": user.first_name, "username": user.username, "timezone": user.timezone, **values},
    }
    await repository.add(session, row, min(life, _LIFE))


async def kept(session: AsyncSession, user_id: UUID) -> tuple[Sequence[Mail], Sequence[Link]]:
    """What there is of somebody: mails that wait or were set aside, and mailed links that are still good."""
    return await repository.of_user(session, user_id), await repository.links_of_user(session, user_id)


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """Forget somebody's links, and the mails to them that were set aside. Those that wait are still sent."""
    await repository.forget_of(session, user_id)
