"""Every query of the throttle slice: one statement each, which counts and decides at once.

Each commits by itself: what was counted stays counted, whatever becomes of the request. A time further ahead than any
limit reaches was written by a clock that was wrong, and limits nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

# Tries that a process never told the end of are given up after this long.
_GIVEN_UP = timedelta(seconds=30)
_FORGOTTEN = timedelta(days=1)

_TAKE = """
    INSERT INTO throttles AS t (key, free_at, touched_at) VALUES (%(key)s, %(now)s + %(step)s, %(now)s)
    ON CONFLICT (key) DO UPDATE SET touched_at = %(now)s, free_at = %(step)s + CASE
        WHEN t.free_at BETWEEN %(now)s AND %(now)s + %(burst)s * %(step)s THEN t.free_at ELSE %(now)s END
    WHERE t.free_at NOT BETWEEN %(now)s + (%(burst)s - 1) * %(step)s + interval '1 microsecond'
                            AND %(now)s + %(burst)s * %(step)s
    RETURNING 1
"""
_GIVE_BACK = "UPDATE throttles SET free_at = free_at - %(step)s WHERE key = %(key)s"
# Tries under way count as failures until they are settled: the limit holds for however many come at once.
_ADMIT = """
    INSERT INTO throttles AS t (key, pending, free_at, touched_at) VALUES (%(key)s, 1, %(now)s, %(now)s)
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN t.touched_at < %(now)s - %(forgotten)s THEN 0 ELSE t.failures END,
        pending = CASE WHEN t.touched_at < %(now)s - %(given_up)s THEN 1 ELSE t.pending + 1 END,
        touched_at = %(now)s
    WHERE (t.failures < %(after)s OR t.free_at NOT BETWEEN %(now)s + interval '1 microsecond' AND %(now)s + %(most)s)
      AND (t.touched_at < %(now)s - %(given_up)s OR t.pending < greatest(1, %(after)s - t.failures))
    RETURNING 1
"""
_FAILED = """
    UPDATE throttles SET
        failures = failures + 1,
        pending = greatest(0, pending - 1),
        free_at = CASE WHEN failures + 1 < %(after)s THEN free_at
                  ELSE %(now)s + least(%(most)s, %(first)s * power(2, least(failures + 1 - %(after)s, 30))) END,
        touched_at = %(now)s
    WHERE key = %(key)s
"""
_SUCCEEDED = "UPDATE throttles SET failures = 0, pending = greatest(0, pending - 1) WHERE key = %(key)s"
_RELEASED = "UPDATE throttles SET pending = greatest(0, pending - 1) WHERE key = %(key)s"
_FORGET = "DELETE FROM throttles WHERE key = %(key)s"
_EMPTY_AT = "SELECT free_at FROM throttles WHERE key = %(key)s"
# Without enough failures there is no pause, whatever another replica's clock may have written.
_PAUSE_ENDS = "SELECT free_at FROM throttles WHERE key = %(key)s AND failures >= %(after)s"
_PRUNE = "DELETE FROM throttles WHERE free_at < %(before)s AND touched_at < %(before)s"

Connection = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class Backoff:
    """After so many failures there is a pause, which doubles with each further one up to the longest."""

    after: int
    first: timedelta
    most: timedelta


async def take(connection: Connection, key: bytes, *, step: timedelta, burst: int, now: datetime) -> bool:
    """One more, if a bucket of `burst` that drains by one every `step` has room for it."""
    values = {"key": key, "step": step, "burst": burst, "now": now}
    return await (await connection.execute(_TAKE, values)).fetchone() is not None


async def give_back(connection: Connection, key: bytes, *, step: timedelta) -> None:
    await connection.execute(_GIVE_BACK, {"key": key, "step": step})


async def admit(connection: Connection, key: bytes, backoff: Backoff, now: datetime) -> bool:
    """Count a try, if none has to be waited for: neither the end of a pause nor that of other tries."""
    values = {
        "key": key,
        "after": backoff.after,
        "most": backoff.most,
        "now": now,
        "forgotten": _FORGOTTEN,
        "given_up": _GIVEN_UP,
    }
    return await (await connection.execute(_ADMIT, values)).fetchone() is not None


async def failed(connection: Connection, key: bytes, backoff: Backoff, now: datetime) -> None:
    values = {"key": key, "after": backoff.after, "first": backoff.first, "most": backoff.most, "now": now}
    await connection.execute(_FAILED, values)


async def succeeded(connection: Connection, key: bytes) -> None:
    """Forget the failures before."""
    await connection.execute(_SUCCEEDED, {"key": key})


async def forget(connection: Connection, key: bytes) -> None:
    await connection.execute(_FORGET, {"key": key})


async def released(connection: Connection, key: bytes) -> None:
    """The try was none."""
    await connection.execute(_RELEASED, {"key": key})


async def empty_at(connection: Connection, key: bytes) -> datetime | None:
    """When a bucket will be empty again."""
    row = await (await connection.execute(_EMPTY_AT, {"key": key})).fetchone()
    return None if row is None else row[0]


async def pause_ends(connection: Connection, key: bytes, backoff: Backoff) -> datetime | None:
    """When the pause after the latest failure ends, or has ended; None without a pause."""
    row = await (await connection.execute(_PAUSE_ENDS, {"key": key, "after": backoff.after})).fetchone()
    return None if row is None else row[0]


async def prune(connection: Connection, now: datetime) -> None:
    """Forget what limits nobody any more."""
    await connection.execute(_PRUNE, {"before": now - _FORGOTTEN})
