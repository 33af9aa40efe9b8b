"""Use cases around people: keep the replica current, say who the caller is, show a creator's profile."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.base import Connection
from catalog.creators import repository
from catalog.creators.errors import CreatorNotFound
from catalog.creators.models import User
from shared.auth import AccountState, CurrentUser
from shared.clock import to_rfc3339
from shared.contracts.identity import UserState
from shared.errors import InvalidInput


async def account(session: AsyncSession, user: CurrentUser) -> AccountState | None:
    """What is known here of a caller and their login, for `create_app`."""
    return AccountState.of_replica(await repository.account(session, user.id, user.sid), user)


async def apply_state(session: AsyncSession, state: UserState, version: int) -> bool:
    """Apply identity's word; False when a newer one, or this one, was applied before."""
    fields = ("role", "is_active", "username", "first_name", "last_name", "avatar", "bio", "created_at")
    values = {name: getattr(state, name) for name in fields}
    return await repository.apply(session, {"id": state.id, "version": version, **values})


async def hold_caller(session: AsyncSession, user: CurrentUser, now: datetime) -> None:
    """The caller as a creator, also when no event told us of them, or of their new role, yet."""
    row = await repository.get(session, user.id)
    if row is None or (row.version < user.version and row.role != user.role):
        await repository.note_token(
            session,
            token_version=user.version,
            now=now,
            id=user.id,
            role=user.role,
            username=user.username,
            first_name=user.first_name,
            last_name=user.last_name,
        )
    await repository.hold(session, user.id)


async def hold_creator(session: AsyncSession, creator_id: UUID) -> None:
    """Raises InvalidInput unless this is somebody who may offer sessions."""
    row = await repository.hold(session, creator_id)
    if row is None or not row.is_active or row.role not in repository.TEACHING:
        raise InvalidInput(errors={"creator": ["Give the id of an active creator"]})


async def resolve(connection: Connection, name: str) -> UUID:
    """The id behind a username. Raises InvalidInput when nobody has it."""
    found = await repository.find_by_username(connection, name)
    if found is None:
        raise InvalidInput(errors={"creator": ["Nobody has this id or username"]})
    return found


async def profile(session: AsyncSession, creator_id: UUID) -> User:
    """Raises CreatorNotFound also for accounts that are closed or don't teach."""
    row = await repository.get(session, creator_id)
    if row is None or not row.is_active or row.role not in repository.TEACHING:
        raise CreatorNotFound
    return row


async def known(session: AsyncSession, user_id: UUID) -> User | None:
    return await repository.get(session, user_id)


def as_known(row: User) -> dict[str, Any]:
    """The replica's row as identity's event tells it, without the e-mail address, which isn't kept here."""
    fields = ("version", "id", "username", "first_name", "last_name", "role", "avatar", "bio", "is_active")
    known = {name: getattr(row, name) for name in fields}
    return {**known, "id": str(row.id), "created_at": to_rfc3339(row.created_at)}
