"""Making, keeping and finding pictures. Part of the slice's service, and apart from its use cases because these know
accounts, while accounts discard pictures."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from identity.pictures import names
from identity.pictures.decoding import to_avatar
from identity.pictures.errors import PictureTooLarge, TooManyPictures
from identity.pictures.storage import Storage
from shared.errors import Unavailable
from shared.logging import get_logger

log = get_logger(__name__)

MAX_BYTES = 10 * 1024 * 1024


class Pictures:
    """Works on `threads` pictures at a time, while `queue` more are received or wait."""

    def __init__(self, storage: Storage, *, threads: int, queue: int) -> None:
        self.storage = storage
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="pictures")
        self._limit = threads + queue
        self._taken = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """For one upload, from its first byte on: files that wait take memory. Raises TooManyPictures."""
        if self._taken >= self._limit:
            raise TooManyPictures
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def keep(self, data: bytes) -> str:
        """Make an avatar of a file and store it under a name of its own, which is returned. To be done in a place.

        Raises PictureTooLarge, NotAPicture, UnreadablePicture, StorageAway.
        """
        if len(data) > MAX_BYTES:
            raise PictureTooLarge(errors={"file": ["Choose a picture of at most 10 MiB"]})
        picture = await asyncio.get_running_loop().run_in_executor(self._executor, to_avatar, data)
        name = names.new_name()
        await self.storage.put(name, picture)
        return name

    async def discard(self, avatar: str | None) -> None:
        """Delete what an account's `avatar` meant, after the account no longer does.

        What isn't ours is left alone. A storage that is away changes nothing: the worker finds what nobody means.
        """
        name = names.name_in(avatar)
        if name is None:
            return
        try:
            await self.storage.delete(name)
        except Unavailable as error:
            log.warning("picture not deleted; the worker will", name=name, error=str(error.__cause__))

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
