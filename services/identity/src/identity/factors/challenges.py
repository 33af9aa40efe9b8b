"""Log-ins whose first step is done. Apart from the slice's use cases because those of login ask here.

A challenge is a token, opaque and good for one login of one account, for five minutes and a few attempts. Whatever
ends the account's logins ends it, too.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.factors import repository
from identity.factors.models import LoginChallenge
from identity.login.tokens import hash_token

LIFE = timedelta(minutes=5)
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """What the second step of a login is answered with, and how."""

    challenge: str
    methods: list[str]


async def methods(session: AsyncSession, user_id: UUID) -> list[str]:
    """How an account's second step can be done; empty where it has no second factor."""
    totp, passkey, recovery_code = await repository.methods(session, user_id)
    found = {"totp": totp, "passkey": passkey, "recovery_code": recovery_code and (totp or passkey)}
    return [method for method, there in found.items() if there]


async def ask(
    session: AsyncSession, user_id: UUID, first_step: Sequence[str], now: datetime
) -> SecondFactorNeeded | None:
    """A challenge for an account that has a second factor, unless the first step was two factors; else None."""
    if "mfa" in first_step:
        return None
    possible = await methods(session, user_id)
    if not possible:
        return None
    token = secrets.token_urlsafe(32)
    await repository.add_login_challenge(
        session,
        {
            "token_hash": hash_token(token),
            "user_id": user_id,
            "methods": list(first_step),
            "created_at": now,
            "expires_at": now + LIFE,
        },
    )
    return SecondFactorNeeded(token, possible)


async def find(session: AsyncSession, token: str, now: datetime) -> LoginChallenge | None:
    """The challenge of a token, unless it has expired or was answered."""
    return await repository.login_challenge(session, hash_token(token), now)


async def attempt(session: AsyncSession, challenge: LoginChallenge, now: datetime) -> int | None:
    """How many attempts are left after this one. None if there was none left, or the challenge is gone."""
    count = await repository.count_attempt(session, challenge.token_hash, most=MOST_ATTEMPTS, now=now)
    return None if count is None else MOST_ATTEMPTS - count


async def close(session: AsyncSession, challenge: LoginChallenge) -> None:
    """It was answered."""
    await repository.remove_login_challenge(session, challenge.token_hash)


async def discard(session: AsyncSession, user_id: UUID) -> None:
    """End all log-ins of an account that are under way."""
    await repository.remove_challenges(session, user_id)


async def prune(session: AsyncSession, now: datetime) -> None:
    """Forget what has expired."""
    await repository.prune(session, now)
