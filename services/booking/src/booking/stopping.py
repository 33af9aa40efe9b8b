"""Knowing that the process was told to stop, while there is still something to finish.

The server ends the lifespan only after the last answer. An answer without an end has to be told before.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def when_told_to_stop(callback: Callable[[], None]) -> Iterator[None]:
    """Calls back in the running event loop on SIGTERM or SIGINT, and lets the server's own handlers do theirs.

    Without a server that handles them, as in a thread, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def before(handler: _Handler) -> _Handler:
        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(callback)
            handler(number, frame)

        return handle

    found = {number: signal.getsignal(number) for number in _SIGNALS}
    handlers = {number: handler for number, handler in found.items() if callable(handler)}
    for number, handler in handlers.items():
        signal.signal(number, before(handler))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
