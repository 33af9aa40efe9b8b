"""Waiting for what must come true, and saying what was waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(
    description: str, probe: Callable[[], Awaitable[T]], *, within: float = ..., every: float = ...
) -> T: ...
@overload
async def eventually(description: str, probe: Callable[[], T], *, within: float = ..., every: float = ...) -> T: ...
async def eventually(description: str, probe: Callable[[], Any], *, within: float = 20.0, every: float = 0.02) -> Any:
    """Call `probe` until it returns something true and doesn't raise; returns that. Fails with `description`.

    `within` and `every` are seconds.
    """
    deadline = time.monotonic() + within
    last: object = None
    while True:
        try:
            found = probe()
            value = await found if isinstance(found, Awaitable) else found
            if value:
                return value
            last = value
        except Exception as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within} s for: {description}; last seen: {last!r}")
        await asyncio.sleep(every)
