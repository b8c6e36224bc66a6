"""Where files are kept, from the settings."""

from pathlib import Path

from oms_service.adapters.files.disk import DiskStore
from oms_service.adapters.files.place import Bucket
from oms_service.ports.files import FileStore


def file_store(*, files_url: str, folder: Path) -> FileStore:
    """The bucket's when one is named, else files in ``folder``."""
    if not files_url:
        return DiskStore(folder)
    from oms_service.adapters.files.s3 import BucketStore  # noqa: PLC0415 - 8 MB that few need

    return BucketStore(Bucket.from_url(files_url))
