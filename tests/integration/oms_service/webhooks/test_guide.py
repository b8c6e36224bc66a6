"""The guide to the API does what it says: its commands run, its check of signatures holds."""

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.webhooks import signing
from tests.factories.staff import make_key

PAGE = Path(__file__).parents[4] / "docs/api.md"


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")
def test_every_command_of_the_guide_runs(address: str, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        key = make_key(uow, "orders:read", "webhooks:manage")[1]
    commands = examples("sh")
    assert len(commands) == 3
    answers = []
    for command in commands:
        done = subprocess.run(  # noqa: S603 - our own page
            ["bash", "-c", command],  # noqa: S607 - the shell of whoever reads the guide
            env={"PATH": os.environ["PATH"], "SHOP": address, "KEY": key},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        answers.append(json.loads(done.stdout))
    orders, made, listed = answers
    assert orders == {"orders": []}
    assert made["secret"].startswith("whsec_")
    assert [one["number"] for one in listed["webhook_endpoints"]] == [made["number"]]


def test_the_check_of_the_guide_knows_ours_from_others() -> None:
    (source,) = examples("python")
    given: dict[str, Any] = {}
    exec(source, given)  # noqa: S102 - the example is what is tested
    is_genuine: Callable[[str, dict[str, str], bytes], bool] = given["is_genuine"]
    secret = signing.secret("the shop's own key", "a seed")
    body = json.dumps({"id": "1"}).encode()
    now = int(time.time())
    headers = signing.headers([secret], event_id="1", timestamp=now, body=body)
    both = signing.headers(
        [signing.secret("k", "new"), secret], event_id="1", timestamp=now, body=body
    )
    old = signing.headers([secret], event_id="1", timestamp=now - 301, body=body)
    assert is_genuine(secret, headers, body)
    assert is_genuine(secret, both, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine(secret, {**headers, "Webhook-Id": "2"}, body)
    assert not is_genuine(secret, old, body)
    assert not is_genuine(signing.secret("k", "other"), headers, body)


def test_the_guides_message_has_the_fields_of_every_message() -> None:
    (said,) = examples("json")
    fields = ["id", "type", "version", "sequence", "occurred_at", "aggregate", "refs", "data"]
    assert list(json.loads(said)) == fields
