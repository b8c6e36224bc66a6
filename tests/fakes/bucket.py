"""A server that speaks S3 and keeps its buckets in a folder, for as long as a test needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from localbucket import S3Handler  # type: ignore[import-untyped]  # has no types


@contextmanager
def a_bucket_server(folder: Path) -> Iterator[str]:
    """One bucket named ``shop``; its address as the setting FILES_URL takes it."""
    (folder / "shop").mkdir(parents=True)

    class Handler(S3Handler):  # type: ignore[misc]  # has no types
        data_root = folder

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield f"s3+http://key:secret@127.0.0.1:{server.server_port}/shop/files?region=ap-northeast-1"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
