"""Living with a broker and a database that come and go."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from aio_pika.exceptions import AMQPError
from aiormq.exceptions import AMQPError as LowLevelError

from shared.logging import get_logger

log = get_logger(__name__)

MAX_PAUSE = 0.5  # seconds

# A channel that closes under us raises a RuntimeError in aio-pika; a name that doesn't resolve is an OSError.
BROKER_ERRORS: tuple[type[BaseException], ...] = (AMQPError, LowLevelError, OSError, TimeoutError, RuntimeError)


async def keep_going(
    name: str, attempt: Callable[[], Coroutine[Any, Any, None]], errors: tuple[type[BaseException], ...]
) -> NoReturn:
    """Make the attempt again and again, with growing pauses up to half a second; one that lasted starts afresh.

    What is away refuses at once, so that asking often costs next to nothing, and it is used as soon as it is back.
    """
    pause = 0.1
    while True:
        started = time.monotonic()
        try:
            await attempt()
        except errors as error:
            log.warning("interrupted", part=name, error=repr(error))
        except asyncio.CancelledError as error:
            # The AMQP library cancels what waits on a channel that closes; only our own cancellation ends this.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            log.warning("interrupted", part=name, error=repr(error))
        pause = 0.1 if time.monotonic() - started > 5 else min(pause * 2, MAX_PAUSE)
        await asyncio.sleep(pause)
