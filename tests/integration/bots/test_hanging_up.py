"""The real server gives back the seats of whoever hangs up."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.running import RunningHouse, a_running_house

#: A stream notices that nobody listens when it next says something.
PATIENCE_S = 20


@pytest.fixture
def house(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[RunningHouse]:
    """Pages and streams; nothing here needs anything else to happen."""
    rooms = ("relay", "worker", "clock")
    with a_running_house(database_url, redis_url, tmp_path, without=rooms) as running:
        yield running


@contextmanager
def asked(
    url: str, method: str = "GET", body: bytes | None = None
) -> Iterator[http.client.HTTPResponse]:
    """The answer while its connection is open."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request(
        method, f"{parts.path}?{parts.query}", body, {"Content-Type": "application/json"}
    )
    try:
        with connection.getresponse() as answer:
            yield answer
    finally:
        connection.close()


def status(url: str, method: str = "GET") -> int:
    with asked(url, method) as answer:
        return answer.status


def test_who_hangs_up_gives_the_seat_back(house: RunningHouse) -> None:
    with asked(f"{house.url}/chat/session", "POST", b"{}") as opened:
        stream = json.loads(opened.read())["stream"]
    assert [status(stream, "HEAD") for _ in range(10)] == [200] * 10
    with ExitStack() as sitting:
        open_ones = [sitting.enter_context(asked(stream)) for _ in range(8)]
        assert [one.status for one in open_ones] == [200] * 8
        with asked(stream) as refused:
            assert refused.status == 429
            allowed = [
                one.getheader("Access-Control-Allow-Origin") for one in (refused, *open_ones)
            ]
        assert len(set(allowed)) == 1
        assert allowed[0] is not None
    deadline = time.monotonic() + PATIENCE_S
    while (found := status(stream)) != 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert found == 200
