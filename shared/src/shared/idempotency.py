"""A retried request has one effect and gets the first answer again (`Idempotency-Key`).

The key is written in the transaction of the request's effect. Its unique index makes a parallel repeat wait for the
first; a lock timeout turns a wait that is too long into `in_progress`.
"""

import contextlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import CurrentUser
from shared.errors import AppError, Conflict, InvalidInput
from shared.tracing import correlation_id
from shared.web import ProblemResponse


class IdempotencyKeyReused(Conflict):
    code, title = "idempotency_key_reused", "This Idempotency-Key was used with another request"


class InProgress(Conflict):
    code, title = "in_progress", "The first request with this Idempotency-Key is still being handled"


def create_idempotency_table(op: Any) -> None:
    """In the migration's schema."""
    op.execute(
        """
        CREATE TABLE idempotency_keys (
            user_id uuid NOT NULL,
            route text NOT NULL,
            key text NOT NULL,
            body_hash bytea NOT NULL,
            status int,
            body json,  -- as it was sent: a replayed answer is the same to the letter
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (user_id, route, key)
        );
        CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
        """
    )


_CLAIM = text(
    """
    INSERT INTO idempotency_keys AS k (user_id, route, key, body_hash) VALUES (:user, :route, :key, :hash)
    ON CONFLICT (user_id, route, key) DO UPDATE
    SET body_hash = excluded.body_hash, status = NULL, body = NULL, created_at = clock_timestamp()
    WHERE k.created_at < clock_timestamp() - interval '24 hours'
    RETURNING 1
    """
)
_FIRST = text(
    "SELECT body_hash, status, body FROM idempotency_keys WHERE user_id = :user AND route = :route AND key = :key"
)
_ANSWER = text(
    """
    UPDATE idempotency_keys SET status = :status, body = CAST(:body AS json)
    WHERE user_id = :user AND route = :route AND key = :key
    """
)


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The request's key, if it has one."""

    key: str | None
    route: str
    body_hash: bytes

    async def run(
        self,
        session: AsyncSession,
        user: CurrentUser,
        action: Callable[[], Awaitable[BaseModel | None]],
        *,
        status_code: int = 201,
    ) -> Response:
        """Run the action once per key and answer what it returns, without a body for nothing.

        Its refusals (4xx) are kept and replayed too, 429 and 5xx are not.

        Raises IdempotencyKeyReused for another body, InProgress when the first takes longer than two seconds.
        """
        if self.key is None:
            return _answer(status_code, await _json(action))
        place = {"user": user.id, "route": self.route, "key": self.key}
        if not await self._claim(session, place):
            return await self._replay(session, place)
        try:
            async with session.begin_nested():
                status, body = status_code, await _json(action)
        except AppError as refusal:
            if refusal.status >= 500 or refusal.status == 429:
                raise
            status, body = refusal.status, refusal.problem(None)
        await session.execute(_ANSWER, {**place, "status": status, "body": json.dumps(body)})
        return _answer(status, body)

    async def _claim(self, session: AsyncSession, place: dict[str, Any]) -> bool:
        await session.execute(text("SET LOCAL lock_timeout = '2s'"))
        try:
            claimed = await session.scalar(_CLAIM, {**place, "hash": self.body_hash})
        except DBAPIError as error:
            if isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise InProgress("Wait for its answer, or repeat this request in a moment.") from error
            raise
        await session.execute(text("SET LOCAL lock_timeout = '5s'"))
        return claimed is not None

    async def _replay(self, session: AsyncSession, place: dict[str, Any]) -> Response:
        first = (await session.execute(_FIRST, place)).one()
        if first.body_hash != self.body_hash:
            raise IdempotencyKeyReused("Use a new key for a new request.")
        return _answer(first.status, first.body)


async def _json(action: Callable[[], Awaitable[BaseModel | None]]) -> dict[str, Any] | None:
    answer = await action()
    return None if answer is None else answer.model_dump(mode="json")


def _answer(status: int, body: dict[str, Any] | None) -> Response:
    if body is None:
        return Response(status_code=status)
    if status >= 400:
        return ProblemResponse({**body, "request_id": correlation_id.get()}, status)
    return JSONResponse(body, status)


async def _idempotency(
    request: Request,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="A repeat with the same key and body gets the first answer again"),
    ] = None,
) -> Idempotency:
    if key is not None and not 1 <= len(key) <= 255:
        raise InvalidInput(errors={"Idempotency-Key": ["Use 1 to 255 characters"]})
    body = await request.body()
    with contextlib.suppress(ValueError):
        # Two texts of the same JSON are the same body.
        body = json.dumps(json.loads(body), sort_keys=True).encode()
    # Keyed by a secret of the service: bodies hold passwords, too, and a copy of the table must not help to guess them.
    secret = request.app.state.settings.db_password.get_secret_value().encode()
    return Idempotency(key, request.scope["route"].path, hmac.digest(secret, body, "sha256"))


IdempotencyDep = Annotated[Idempotency, Depends(_idempotency)]
