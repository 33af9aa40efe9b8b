"""Creators' figures as they change, for all who watch, by one poll per process.

A stream holds no connection of the database: it waits for the poll, which asks for all at once and tells each what is
new to it. Frames are server-sent events (HTML Living Standard, 9.2).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from booking import metrics
from booking.revenue import service
from booking.revenue.errors import StreamsExhausted, TooManyStreams
from booking.revenue.schemas import Period
from booking.sessions import service as sessions
from booking.settings import Settings
from shared.auth import AccountState, CurrentUser, Role
from shared.db import Database
from shared.logging import get_logger
from shared.web import is_infrastructure_error

log = get_logger(__name__)

# The token expired; the caller may not see the figures any more; the process stops; the client has gone.
Reason = Literal["expired", "forbidden", "restart", "left"]
_RECONNECT_SECONDS = 2


@dataclass(eq=False, slots=True)
class Watch:
    """One open stream."""

    user: CurrentUser
    creator_id: UUID
    period: Period
    expires_at: float  # seconds since 1970
    version: str | None = None  # None until the first figures were read
    body: bytes = b""
    ended: Reason | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def figures(self) -> tuple[UUID, Period]:
        return self.creator_id, self.period

    def tell(self, version: str, body: bytes) -> None:
        """Figures to send; those that a slow client hasn't had yet are left out."""
        self.version = version
        if body != self.body:
            self.body = body
            self.news.set()

    def end(self, reason: Reason) -> None:
        if self.ended is None:
            self.ended = reason
        self.news.set()


class Streams:
    """All streams of this process."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._watches: set[Watch] = set()
        self._watched = asyncio.Event()
        self._stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Polls while the block lasts."""
        task = asyncio.create_task(self._poll(), name="streams of figures")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def stop(self) -> None:
        """End all streams and take no more: the process is going to stop."""
        self._stopping = True
        for watch in self._watches:
            watch.end("restart")

    @contextmanager
    def open(self, user: CurrentUser, creator_id: UUID, period: Period, expires_at: float) -> Iterator[Watch]:
        """A stream's place, for as long as the block lasts. Raises TooManyStreams, StreamsExhausted."""
        refusal = self._refusal(user)
        if refusal is not None:
            metrics.STREAMS_REFUSED.labels(refusal.code).inc()
            raise refusal
        watch = Watch(user, creator_id, period, expires_at)
        self._watches.add(watch)
        self._watched.set()
        metrics.STREAMS_OPEN.inc()
        try:
            yield watch
        finally:
            self._watches.discard(watch)
            if not self._watches:
                self._watched.clear()
            metrics.STREAMS_OPEN.dec()
            metrics.STREAMS_ENDED.labels(watch.ended or "left").inc()

    async def start(self, db: AsyncSession, watch: Watch) -> None:
        """Read the figures that a stream begins with; from then on the poll looks after it.

        Raises InvalidInput for a bad period.
        """
        # The version first: what changes between the two is told twice rather than never.
        version = (await service.versions(db, [watch.creator_id]))[watch.creator_id]
        watch.tell(version, await _read(db, *watch.figures))

    async def frames(self, watch: Watch) -> AsyncIterator[bytes]:
        """What the client gets: figures as they change, a sign of life between them, and at last why it ends."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + watch.expires_at - time.time()
        yield b"retry: %d\n\n" % (_RECONNECT_SECONDS * 1000)
        while watch.ended is None:
            try:
                async with asyncio.timeout_at(min(deadline, loop.time() + self._settings.stream_heartbeat_seconds)):
                    await watch.news.wait()
            except TimeoutError:
                if loop.time() >= deadline:
                    watch.end("expired")
                else:
                    yield b": still here\n\n"
                continue
            watch.news.clear()
            if watch.ended is None:
                metrics.STREAM_EVENTS.inc()
                yield b"data: " + watch.body + b"\n\n"
        yield b'event: end\ndata: {"reason":"%s"}\n\n' % watch.ended.encode()

    def _refusal(self, user: CurrentUser) -> TooManyStreams | StreamsExhausted | None:
        if self._stopping:
            return StreamsExhausted("This replica is about to stop.", retry_after=1)
        if len(self._watches) >= self._settings.streams_per_process:
            return StreamsExhausted("Ask for the figures themselves meanwhile.", retry_after=30)
        if sum(watch.user.id == user.id for watch in self._watches) >= self._settings.streams_per_user:
            return TooManyStreams("Close another one, or ask for the figures themselves.", retry_after=30)
        return None

    async def _poll(self) -> None:
        while True:
            await self._watched.wait()
            await asyncio.sleep(self._settings.stream_poll_seconds)
            try:
                with metrics.STREAM_POLL_SECONDS.time():
                    await self._look()
            except Exception as error:
                # The next look may succeed; until then nobody is told anything.
                if is_infrastructure_error(error):
                    log.warning("streams can't be served", error=str(error))
                else:
                    log.error("streams can't be served", exc_info=error)

    async def _look(self) -> None:
        """Tell every stream what is new to it."""
        watches = [watch for watch in self._watches if watch.version is not None]
        if not watches:
            return
        async with self._database.transaction() as db:
            accounts = await sessions.account_states(db, [watch.user for watch in watches])
            versions = await service.versions(db, {watch.creator_id for watch in watches})
        changed: dict[tuple[UUID, Period], list[Watch]] = {}
        for watch, account in zip(watches, accounts, strict=True):
            if not _may_watch(watch, account):
                watch.end("forbidden")
            elif watch.version != versions[watch.creator_id]:
                changed.setdefault(watch.figures, []).append(watch)
        for figures, waiting in changed.items():
            # A transaction each: nobody else's connection is kept while many creators sell at once.
            async with self._database.transaction() as db:
                body = await _read(db, *figures)
            for watch in waiting:
                watch.tell(versions[watch.creator_id], body)


async def _read(db: AsyncSession, creator_id: UUID, period: Period) -> bytes:
    return (await service.creator_stats(db, creator_id, period)).model_dump_json().encode()


def _may_watch(watch: Watch, account: AccountState | None) -> bool:
    """Whether what is known now still lets the caller see these figures; as when the stream was opened."""
    if account is None:
        return True
    if account.login_revoked:
        return False
    if account.version < watch.user.version:
        return True
    own = account.role == Role.CREATOR and watch.creator_id == watch.user.id
    return account.is_active and (own or account.role == Role.ADMIN)
