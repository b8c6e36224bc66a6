"""With no model plugged in a chat works without a network: not one connection leads elsewhere."""

import json
import subprocess
import sys

import pytest

from tests.flows.offline import Guard


def test_a_whole_chat_reaches_its_own_database_and_broker_alone(
    database_url: str, redis_url: str
) -> None:
    command = [sys.executable, "-m", "tests.flows.offline", database_url, redis_url]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603 - our own module
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert seen["refused"] == []
    assert seen["tried"]  # the broker's, at least: the guard was awake
    *_, tracked, asked, done, _unclear, handed = seen["told"]
    assert "Your order A-10423" in tracked
    assert "To return:" in asked
    assert "Your return is accepted." in done
    assert "I am passing you to a colleague" in handed


def test_the_guard_lets_nothing_else_through() -> None:
    guard = Guard("postgresql://127.0.0.1:5432/x", "redis://127.0.0.1:6379/0")
    guard("socket.connect", (None, ("127.0.0.1", 6379)))
    assert guard.refused == []
    for event, arguments in (
        ("socket.connect", (None, ("192.0.2.1", 443))),
        ("socket.getaddrinfo", ("model.example", 443, 0, 1, 0)),
    ):
        with pytest.raises(PermissionError):
            guard(event, arguments)
    assert len(guard.refused) == 2
