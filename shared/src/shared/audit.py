"""The audit log: who changed what of an account or another thing, when, from where and why.

A line is written in the transaction of its change, and is never changed or removed: the service's role may only add
and read. Nothing secret goes into it, nor what an account that is deleted must be forgotten by (names, addresses of
e-mail): of such changes the line says that they happened.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from shared.schemas import without_default
from shared.tracing import client, correlation_id


def create_audit_table(op: Any) -> None:
    """In the migration's schema, which is named like the role that the service runs as."""
    op.execute(
        """
        CREATE TABLE audit_log (
            id uuid CONSTRAINT pk_audit_log PRIMARY KEY,
            occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            action text NOT NULL,
            actor uuid,  -- nobody for commands
            subject uuid NOT NULL,
            before jsonb NOT NULL,
            after jsonb NOT NULL,
            reason text NOT NULL,
            request_id text,
            address text NOT NULL,
            user_agent text NOT NULL
        );
        CREATE INDEX ix_audit_log_subject ON audit_log (subject, id DESC);
        CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log is append-only';
        END $$;
        CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
        DO $$ BEGIN
            EXECUTE format('REVOKE UPDATE, DELETE ON audit_log FROM %I', current_schema());
        END $$;
        """
    )


_INSERT = text(
    """
    INSERT INTO audit_log (id, action, actor, subject, before, after, reason, request_id, address, user_agent)
    VALUES (:id, :action, :actor, :subject, CAST(:before AS jsonb), CAST(:after AS jsonb), :reason, :request_id,
            :address, :user_agent)
    """
)
_COLUMNS = "id, occurred_at, action, actor, subject, before, after, reason, request_id, address, user_agent"

# Why an admin does something.
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500),
    Field(description="Why, for the audit log", json_schema_extra=without_default),
]


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of the log is asked for: lines about a subject, of an actor; without either all."""

    subject: UUID | None = None
    actor: UUID | None = None

    @property
    def sql(self) -> str:
        given = [name for name in ("subject", "actor") if getattr(self, name) is not None]
        return " AND ".join(f"{name} = :{name}" for name in given) or "true"

    @property
    def values(self) -> dict[str, Any]:
        return {"subject": self.subject, "actor": self.actor}


async def record(
    session: AsyncSession,
    *,
    action: str,
    actor: UUID | None,
    subject: UUID,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add a line. `action` is what happened, like `account.role_changed`; request and client come from the context."""
    await session.execute(
        _INSERT,
        {
            "id": UUID(bytes=uuid7().bytes),
            "action": action,
            "actor": actor,
            "subject": subject,
            "before": json.dumps(dict(before or {}), default=str),
            "after": json.dumps(dict(after or {}), default=str),
            "reason": reason,
            "request_id": correlation_id.get(),
            "address": client.get().address,
            "user_agent": client.get().user_agent,
        },
    )


async def exported(session: AsyncSession, what: str, admin: UUID, filters: Any) -> None:
    """Note that a list left the house, and by which filters. What was searched for may be a name: it isn't told."""
    used = {name: value for name, value in asdict(filters).items() if value is not None}
    after = {name: value if name != "search" else True for name, value in used.items()}
    await record(session, action=f"{what}.exported", actor=admin, subject=admin, after=after)


async def find(
    session: AsyncSession, scope: Scope, *, before: UUID | None, offset: int, limit: int
) -> Sequence[Row[Any]]:
    """Lines, newest first; those older than the line `before`, if one is given."""
    older = "true" if before is None else "id < :before"
    statement = f"""
        SELECT {_COLUMNS} FROM audit_log WHERE {scope.sql} AND {older} ORDER BY id DESC OFFSET :offset LIMIT :limit
    """
    values = {**scope.values, "before": before, "offset": offset, "limit": limit}
    return (await session.execute(text(statement), values)).all()


async def count(session: AsyncSession, scope: Scope, *, cap: int) -> int:
    """How many lines there are, counted up to one more than `cap`."""
    statement = f"SELECT count(*) FROM (SELECT FROM audit_log WHERE {scope.sql} LIMIT :limit) AS capped"
    return await session.scalar(text(statement), {**scope.values, "limit": cap + 1}) or 0
