"""Files in a bucket of anything that speaks S3."""

from datetime import timedelta
from typing import BinaryIO, Final

from obstore.exceptions import BaseError
from obstore.store import S3Store

from oms_service.adapters.files.place import Bucket
from oms_service.ports.files import NoSuchFile, Stored, assert_key

_CHUNK: Final = 256 * 1024
#: A store that does not answer holds a person's request, so it gets no more than this.
_PATIENCE: Final = timedelta(seconds=20)
_TO_CONNECT: Final = timedelta(seconds=5)
_TRIES: Final = 2


class BucketStore:
    """Keeps each file under ``<prefix>/<key>``; a PUT is whole or not there."""

    def __init__(self, bucket: Bucket) -> None:
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint,
            region=bucket.region,
            access_key_id=bucket.access_key,
            secret_access_key=bucket.secret_key,
            virtual_hosted_style_request=False,
            # One file at a time, by the request that every such server knows.
            disable_bulk_delete=True,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "timeout": _PATIENCE,
                "connect_timeout": _TO_CONNECT,
            },
            retry_config={"max_retries": _TRIES, "retry_timeout": _PATIENCE},
        )

    def put(self, key: str, content: BinaryIO) -> None:
        assert_key(key)
        try:
            # Some megabytes at most, as limits say: one request, no parts that could stay behind.
            self._store.put(key, content.read(), use_multipart=False)
        except BaseError as error:
            raise _away(error) from None

    def get(self, key: str) -> Stored:
        assert_key(key)
        try:
            found = self._store.get(key)
            return Stored(found.meta["size"], (bytes(piece) for piece in found.stream(_CHUNK)))
        except FileNotFoundError:
            raise NoSuchFile(key) from None
        except BaseError as error:
            raise _away(error) from None

    def exists(self, key: str) -> bool:
        assert_key(key)
        try:
            self._store.head(key)
        except FileNotFoundError:
            return False
        except BaseError as error:
            raise _away(error) from None
        return True

    def delete(self, key: str) -> None:
        assert_key(key)
        try:
            self._store.delete(key)
        except FileNotFoundError:
            return
        except BaseError as error:
            raise _away(error) from None


def _away(error: BaseError) -> OSError:
    """What went wrong, without the address, which may carry a signature."""
    return OSError(f"the store of files: {type(error).__name__}")
