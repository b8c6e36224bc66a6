"""What every store of files must do, asked of a folder and of a bucket on a server."""

import io
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest

from oms_service.adapters.files.choose import file_store
from oms_service.embedded.ports import free_ports
from oms_service.ports.files import FileStore, NoSuchFile, new_key
from tests.fakes.bucket import a_bucket_server


@pytest.fixture(scope="module")
def bucket_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_bucket_server(tmp_path_factory.mktemp("buckets")) as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    url = request.getfixturevalue("bucket_url") if request.param == "bucket" else ""
    return file_store(files_url=url, folder=tmp_path / "files")


class TestEveryStore:
    def test_gives_back_what_was_kept(self, store: FileStore) -> None:
        key, content = new_key(), bytes(range(256)) * 3000
        store.put(key, io.BytesIO(content))
        found = store.get(key)
        assert (found.size, found.read()) == (768_000, content)
        assert store.exists(key)

    def test_keeps_from_where_the_content_stands(self, store: FileStore) -> None:
        key, content = new_key(), io.BytesIO(b"head and body")
        content.seek(9)
        store.put(key, content)
        assert store.get(key).read() == b"body"

    def test_keeps_what_is_empty(self, store: FileStore) -> None:
        key = new_key()
        store.put(key, io.BytesIO())
        found = store.get(key)
        assert (found.size, found.read(), store.exists(key)) == (0, b"", True)

    def test_a_second_put_replaces_the_first(self, store: FileStore) -> None:
        key = new_key()
        store.put(key, io.BytesIO(b"first"))
        store.put(key, io.BytesIO(b"second"))
        assert store.get(key).read() == b"second"

    def test_nothing_is_found_under_another_key(self, store: FileStore) -> None:
        key = new_key()
        assert not store.exists(key)
        with pytest.raises(NoSuchFile):
            store.get(key)

    def test_deleting_twice_is_deleting_once(self, store: FileStore) -> None:
        key = new_key()
        store.put(key, io.BytesIO(b"x"))
        store.delete(key)
        store.delete(key)
        assert not store.exists(key)

    @pytest.mark.parametrize("key", ["", "../../etc/passwd", "AB" * 20, "a" * 41, "a/" * 20])
    def test_no_path_is_made_of_what_is_no_key(self, store: FileStore, key: str) -> None:
        for use in (store.get, store.exists, store.delete):
            with pytest.raises(ValueError, match="not a key"):
                use(key)
        with pytest.raises(ValueError, match="not a key"):
            store.put(key, io.BytesIO(b"x"))

    def test_two_who_keep_the_same_at_once_leave_it_whole(self, store: FileStore) -> None:
        key, content, together = new_key(), b"photo" * 50_000, Barrier(4)

        def keep() -> None:
            together.wait()
            store.put(key, io.BytesIO(content))

        threads = [Thread(target=keep) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.get(key).read() == content


def test_a_folder_forgets_what_a_crash_left_of_a_file(tmp_path: Path) -> None:
    store, key = file_store(files_url="", folder=tmp_path), new_key()
    store.put(key, io.BytesIO(b"whole"))
    draft = tmp_path / key[:2] / key[2:4] / f"{key}.0a1b2c3d.part"
    draft.write_bytes(b"half")
    store.delete(key)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_bucket_that_is_away_is_an_error_without_its_address(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    store = file_store(
        files_url=f"s3+http://key:secret@127.0.0.1:{port}/shop", folder=tmp_path / "files"
    )
    with pytest.raises(OSError, match="the store of files") as refused:
        store.exists(new_key())
    assert "127.0.0.1" not in str(refused.value)
