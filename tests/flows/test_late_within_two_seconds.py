"""Walk C against the clock: from a carrier's signed call to the chat's answer, notice and case.

The product's own processes run; nothing is drained by hand and nothing is waited for by sleeping
through it: the time from the call to the last of the four is measured.
"""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from sqlalchemy import text

from oms_service.adapters.carriers import signing
from oms_service.embedded.ports import LOCALHOST
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.shipping.windows import midnight
from tests.factories.orders import MAIL, TOKYO, make_order, ship
from tests.factories.shop import make_shop
from tests.running import a_running_house

SECRET = "a-secret-we-share-with-yamato"
NUMBER = "A-10423"
IN_TIME_S = 2.0
NOTICES = "SELECT count(*) FROM notices WHERE template = 'delay'"
PATIENCE_S = 30.0


@dataclass
class Caller:
    """Talks to the running house over HTTP."""

    port: int
    token: str = ""
    turns: int = 0

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, Any]:
        with closing(http.client.HTTPConnection(LOCALHOST, self.port, timeout=20)) as connection:
            connection.request("POST", path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers

    def begin(self) -> None:
        body = json.dumps({"language": "ja"}).encode()
        status, _, headers = self.post("/chat/session", body, {"Content-Type": "application/json"})
        assert status == 200
        self.token = headers["X-Chat-Token"]

    def say(self, words: str) -> str:
        self.turns += 1
        body = json.dumps({"id": f"message-{self.turns}", "text": words}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        status, raw, _ = self.post("/chat/messages", body, headers)
        assert status == 200, raw
        return "\n".join(one["text"] for one in json.loads(raw)["messages"][1:])


@dataclass
class Watch:
    """Looks at the house's own database until something is there."""

    runtime: Runtime
    since: float
    seen_s: dict[str, float] = field(default_factory=dict)

    def until(self, what: str, there: Callable[[], bool]) -> None:
        while time.monotonic() - self.since < PATIENCE_S:
            if there():
                self.seen_s[what] = time.monotonic() - self.since
                return
            time.sleep(0.01)
        pytest.fail(f"no {what} within {PATIENCE_S} s")

    def has(self, query: str) -> bool:
        with self.runtime.database.reading() as connection:
            return bool(connection.execute(text(query)).scalar())


def test_a_delay_is_answered_told_and_opened_within_two_seconds(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with a_running_house(
        database_url,
        redis_url,
        tmp_path,
        without=("streams", "clock"),
        CARRIER_WEBHOOK_SECRETS=f"yamato={SECRET}",
    ) as house:
        with house.runtime.unit_of_work(SYSTEM) as uow:
            shop = make_shop(uow)
            order = make_order(uow, shop, number=NUMBER)
        setting_up = Watch(house.runtime, time.monotonic())
        setting_up.until("promise", lambda: setting_up.has("SELECT count(*) FROM order_outlooks"))
        with house.runtime.unit_of_work(SYSTEM) as uow:
            sent = ship(uow, shop, order)
        chat = Caller(int(urlparse(house.url).port or 0))
        chat.begin()
        chat.say("注文はどこですか")
        chat.say(NUMBER)
        before = chat.say(MAIL)
        assert NUMBER in before
        setting_up.until(
            "quiet",
            lambda: setting_up.has("SELECT count(*) = 0 FROM outbox WHERE reacted_at IS NULL"),
        )

        now = datetime.now(UTC)  # noqa: TID251 - the running house has the machine's clock
        day = now.astimezone(TOKYO).date() + timedelta(days=6)
        scan = {
            "tracking_number": sent.tracking_number,
            "status": "輸送遅延",
            "reason": "大雪のため",
            "occurred_at": now.isoformat(),
            "estimate": {
                "from": midnight(day, TOKYO).isoformat(),
                "until": midnight(day + timedelta(days=1), TOKYO).isoformat(),
            },
        }
        body = json.dumps({"scans": [scan]}).encode()
        watch = Watch(house.runtime, time.monotonic())
        status, _, _ = chat.post(
            "/webhooks/carriers/yamato", body, signing.headers(SECRET, now, body)
        )
        assert status == 204
        answers: list[str] = []

        def is_answered() -> bool:
            answers.append(chat.say("注文はどこですか"))
            return f"{day.month}月{day.day}日" in answers[-1]

        watch.until("answer", is_answered)
        watch.until("notice", lambda: watch.has(NOTICES))
        watch.until("case", lambda: watch.has("SELECT count(*) FROM cases"))
        watch.until(
            "outlook",
            lambda: watch.has("SELECT count(*) FROM order_outlooks WHERE jeopardy = 'at_risk'"),
        )
        with house.runtime.database.reading() as connection:
            counts = (NOTICES, "SELECT count(*) FROM cases")
            once = tuple(connection.execute(text(one)).scalar() for one in counts)
    assert f"{day.month}月{day.day}日" not in before
    assert once == (1, 1)
    assert max(watch.seen_s.values()) <= IN_TIME_S, watch.seen_s
