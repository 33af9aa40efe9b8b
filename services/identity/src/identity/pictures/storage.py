"""Where pictures are kept: a folder, or a bucket of a storage that speaks S3. Nobody else can tell which."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from identity.pictures.errors import PictureNotFound, StorageAway
from identity.settings import Settings

_PREFIX = "avatars"
_PORTION = 500
_PATIENCE = timedelta(seconds=5)


class Storage:
    """Files by their names. Every method raises StorageAway when the storage doesn't answer."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, name: str, data: bytes) -> None:
        """As a whole or not at all."""
        try:
            await obstore.put_async(self._store, f"{_PREFIX}/{name}", data)
        except (BaseError, OSError) as error:
            raise StorageAway from error

    async def get(self, name: str) -> bytes:
        """Raises PictureNotFound."""
        try:
            found = await obstore.get_async(self._store, f"{_PREFIX}/{name}")
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            raise PictureNotFound from None
        except (BaseError, OSError) as error:
            raise StorageAway from error

    async def delete(self, name: str) -> None:
        """A name that isn't there is as good as deleted."""
        try:
            await obstore.delete_async(self._store, f"{_PREFIX}/{name}")
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StorageAway from error

    async def written_before(self, moment: datetime) -> AsyncIterator[list[str]]:
        """The names of what is older, in portions."""
        try:
            async for portion in obstore.list(self._store, _PREFIX, chunk_size=_PORTION):
                yield [item["path"].rpartition("/")[2] for item in portion if item["last_modified"] < moment]
        except (BaseError, OSError) as error:
            raise StorageAway from error


def open_storage(settings: Settings) -> Storage:
    """The bucket where one is named, else the folder, which is made when it is missing."""
    if not settings.media_s3_bucket:
        return Storage(LocalStore(settings.media_folder, mkdir=True))
    endpoint = settings.media_s3_endpoint or None
    # Without keys they come from the machine: its environment or its role.
    key, secret = settings.media_s3_access_key_id.get_secret_value(), settings.media_s3_secret_access_key
    return Storage(
        S3Store(
            settings.media_s3_bucket,
            region=settings.media_s3_region,
            access_key_id=key or None,
            secret_access_key=secret.get_secret_value() or None,
            endpoint=endpoint,
            client_options={"timeout": _PATIENCE, "allow_http": bool(endpoint and endpoint.startswith("http://"))},
            retry_config={"max_retries": 2, "retry_timeout": _PATIENCE},
        )
    )
