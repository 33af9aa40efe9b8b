"""Which accounts at providers belong to an account here.

Part of the slice's service, and apart from its use cases because accounts forget them and log-ins read accounts.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.oauth import repository
from identity.oauth.models import LinkedAccount
from identity.oauth.providers import NAMES, Provider
from identity.oauth.schemas import LinkedOut


async def of_user(session: AsyncSession, user_id: UUID) -> Sequence[LinkedAccount]:
    return await repository.of_user(session, user_id)


async def shown(session: AsyncSession, user_id: UUID) -> list[LinkedOut]:
    """The same as people see it."""
    return [
        LinkedOut(
            provider=Provider(row.provider),
            name=NAMES[Provider(row.provider)],
            email=row.email,
            linked_at=row.linked_at,
            last_used_at=row.last_used_at,
        )
        for row in await of_user(session, user_id)
    ]


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """An account that is somebody else's from now on, or nobody's: no link of before opens it any more."""
    await repository.unlink(session, user_id)
    await repository.drop_authorizations(session, user_id)
