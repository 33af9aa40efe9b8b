"""Commands on sessions, and what other services' events change about their cards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from catalog.base import driver
from catalog.creators import service as creators
from catalog.sessions.errors import CompletedIsFinal, NotYourSession, SessionNotFound
from catalog.sessions.models import Card, Session
from catalog.sessions.repository import cards, writing
from catalog.sessions.schemas import OwnSession, SessionCreate, SessionOut, SessionUpdate, Status
from catalog.sessions.values import category_name, slugify
from shared import audit
from shared.auth import CurrentUser, Role
from shared.bulk import Unchanged
from shared.contracts.booking import BookingState
from shared.contracts.catalog import SessionCreated, SessionDeleted, SessionState, SessionStatusChanged, SessionUpdated
from shared.errors import Forbidden, InvalidInput, PreconditionFailed
from shared.export import PORTION
from shared.messaging.outbox import publish

E = TypeVar("E", bound=SessionState)


async def create(
    session: AsyncSession, user: CurrentUser, body: SessionCreate, now: datetime, *, session_id: UUID | None = None
) -> SessionOut:
    """Put a session on offer. `session_id` is for demo data, which has fixed ids."""
    if user.role is Role.ADMIN:
        if body.creator is None:
            raise InvalidInput(errors={"creator": ["Say whose session it is: give the creator's id"]})
        creator_id = body.creator
        await creators.hold_creator(session, creator_id)
    else:
        creator_id = user.id
        await creators.hold_caller(session, user, now)
    values = await _values(session, body.model_dump(exclude={"creator", "reason"}))
    row = Session(
        id=session_id or UUID(bytes=uuid7().bytes),
        creator_id=creator_id,
        version=1,
        created_at=now,
        updated_at=now,
        deleted_at=None,
        **values,
    )
    await writing.add(session, row)
    await cards.refresh(session, [row.id])
    await publish(session, _event(SessionCreated, row), version=row.version)
    after = {name: getattr(row, name) for name in ("creator_id", "title", "price", "currency", "status")}
    await audit.record(
        session, action="session.created", actor=user.id, subject=row.id, after=after, reason=body.reason
    )
    return SessionOut.model_validate_json((await _card(session, row.id)).json)


async def update(
    session: AsyncSession, user: CurrentUser, session_id: UUID, body: SessionUpdate, if_match: str | None, now: datetime
) -> Card:
    """Change what the body holds. Nothing happens, and nothing is published, when that is what it is already.

    Raises SessionNotFound, NotYourSession, PreconditionFailed, CompletedIsFinal.
    """
    row = await _own(session, user, session_id, if_match)
    values = await _values(session, body.model_dump(exclude_unset=True, exclude={"reason"}))
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    if "status" in changes and row.status == "completed":
        raise CompletedIsFinal("Create a new session instead.")
    if changes:
        kind = SessionStatusChanged if "status" in changes else SessionUpdated
        before = {name: getattr(row, name) for name in changes}
        row = await writing.change(session, session_id, {**changes, "updated_at": now})
        await cards.refresh(session, [session_id])
        await publish(session, _event(kind, row), version=row.version)
        await audit.record(
            session,
            action="session.updated",
            actor=user.id,
            subject=session_id,
            before=before,
            after=changes,
            reason=body.reason,
        )
    return await _card(session, session_id)


async def set_status(
    session: AsyncSession, user: CurrentUser, session_id: UUID, status: Status, reason: str, now: datetime
) -> None:
    """Change nothing but the status. Raises as `update` does, and Unchanged."""
    if (await _own(session, user, session_id, None)).status == status:
        raise Unchanged(f"It is {status} already.")
    await update(session, user, session_id, SessionUpdate(status=status, reason=reason), None, now)


async def delete(
    session: AsyncSession,
    user: CurrentUser,
    session_id: UUID,
    if_match: str | None,
    now: datetime,
    *,
    reason: str = "",
) -> None:
    """Take a session away; its row stays as a tombstone. Raises as `update` does."""
    before = {"status": (await _own(session, user, session_id, if_match)).status}
    row = await writing.change(session, session_id, {"updated_at": now, "deleted_at": now})
    await cards.refresh(session, [session_id])
    await publish(session, _event(SessionDeleted, row), version=row.version)
    await audit.record(
        session, action="session.deleted", actor=user.id, subject=session_id, before=before, reason=reason
    )


async def refresh_creator(session: AsyncSession, creator_id: UUID) -> None:
    """Render all cards of a creator anew, after identity told something about them."""
    ids = await writing.ids_of_creator(session, creator_id)
    if ids:
        await cards.lock(session, ids)
        await cards.refresh(session, ids)


async def count_bookings(session: AsyncSession, bookings: Sequence[tuple[BookingState, int]]) -> None:
    """Keep sessions' numbers of confirmed bookings by these states and their versions; old news change nothing."""
    await cards.lock(session, [booking.session_id for booking, _ in bookings])
    counted = await writing.mark_bookings(
        session, [(booking.id, booking.session_id, version, booking.status) for booking, version in bookings]
    )
    if counted:
        await cards.refresh(session, counted)


async def recount_bookings(session: AsyncSession) -> int:
    """Mend counts that don't agree with the bookings known here; returns how many there were."""
    ids = await writing.miscounted(session)
    if ids:
        await cards.lock(session, ids)
        await writing.count_anew(session, ids)
        await cards.refresh(session, ids)
    return len(ids)


async def rebuild(session: AsyncSession, after: UUID, limit: int) -> list[UUID]:
    """Render the next portion of all cards anew; returns its ids, none at the end."""
    ids = await cards.ids_after(session, after, limit)
    if ids:
        await cards.lock(session, ids)
        await cards.refresh(session, ids)
    return ids


async def recount(session: AsyncSession) -> None:
    """Count the public sessions per category anew."""
    await cards.recount(session)


async def state(session: AsyncSession, session_id: UUID) -> tuple[int, SessionState]:
    """A session's version and state for another service's replica, also of a deleted one. Raises SessionNotFound."""
    row = await writing.get(session, session_id)
    if row is None:
        raise SessionNotFound
    return row.version, _event(SessionState, row)


async def own(session: AsyncSession, user_id: UUID, after: UUID | None) -> tuple[list[OwnSession], UUID | None]:
    """A portion of somebody's own sessions for their export, and where the next one begins."""
    rows = await writing.of_creator(session, user_id, after=after, limit=PORTION)
    following = rows[-1].id if len(rows) == PORTION else None
    return [OwnSession.model_validate(row) for row in rows], following


async def exists(session: AsyncSession, session_id: UUID) -> bool:
    """Whether there is, or was, such a session."""
    return await writing.get(session, session_id) is not None


async def _own(session: AsyncSession, user: CurrentUser, session_id: UUID, if_match: str | None) -> Session:
    """The session, locked, if the user may change it and it is what they saw."""
    row = await writing.get_for_update(session, session_id)
    if row is None:
        raise SessionNotFound
    if user.role is not Role.ADMIN:
        if row.creator_id != user.id:
            # What somebody may not even see doesn't exist for them.
            card = await cards.one(await driver(session), session_id)
            raise NotYourSession if card is not None and card.is_public else SessionNotFound
        if user.role is not Role.CREATOR:
            raise Forbidden("This needs the role creator.")
    if if_match is not None and not _matches(if_match, row.version):
        raise PreconditionFailed(
            "Somebody changed this session since you read it. Read it again and repeat the change."
        )
    return row


def _matches(if_match: str, version: int) -> bool:
    """Whether one of the header's ETags is of this version.

    An ETag is `"<version>-<hash of the text>"`. Bookings and the creator's new name change the text, not the version,
    and must not make an edit fail. `W/` counts as well: a proxy that compresses puts it there.
    """
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")]
    return any(tag == "*" or tag.split("-")[0] == str(version) for tag in tags)


async def _values(session: AsyncSession, values: dict[str, Any]) -> dict[str, Any]:
    """The body's values as they are stored: a category by its slug, made if it is a new one."""
    if name := values.get("category"):
        values["category"] = slugify(name)
        await writing.add_category(session, values["category"], category_name(name))
    return values


async def _card(session: AsyncSession, session_id: UUID) -> Card:
    card = await cards.one(await driver(session), session_id)
    assert card is not None
    return card


def _event(kind: type[E], row: Session) -> E:
    return kind(**{name: getattr(row, name) for name in kind.model_fields})
