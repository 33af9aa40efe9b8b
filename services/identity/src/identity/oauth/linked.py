"""Which accounts at providers belong to an account here.

Part of the slice's service, and apart from its use cases because accounts forget them and log-ins read accounts.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from identity.oauth import repository
from identity.oauth.models import LinkedAccount


async def of_user(session: AsyncSession, user_id: UUID) -> Sequence[LinkedAccount]:
    return await repository.of_user(session, user_id)


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """An account that is somebody else's from now on, or nobody's: no link of before opens it any more."""
    await repository.unlink(session, user_id)
    await repository.drop_authorizations(session, user_id)
