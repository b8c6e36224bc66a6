"""``/v1/outlooks`` and ``/v1/orders/…/outlook``."""

from urllib.parse import parse_qs, urlparse

import pytest

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder
from tests.factories.outlooks import make_orders_in_doubt
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock
from tests.integration.oms_service.api.conftest import Ask


@pytest.fixture
def made(runtime: Runtime, clock: StandingClock) -> dict[str, MadeOrder]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
    return make_orders_in_doubt(
        runtime, shop, lambda span: clock.advance(seconds=span.total_seconds())
    )


def numbers(ask: Ask, query: str = "") -> list[str]:
    answer = ask("GET", f"/v1/outlooks?{query}")
    assert answer.status_code == 200, answer.text
    return [one["order"] for one in answer.get_json()["outlooks"] if one["order"] < "A-105"]


def test_orders_in_doubt_are_listed_with_cause_and_next_step(
    ask: Ask, made: dict[str, MadeOrder]
) -> None:
    assert numbers(ask) == ["A-101", "A-102", "A-103"]
    answer = ask("GET", "/v1/orders/A-101/outlook")
    said = answer.get_json()
    assert (said["stage"], said["jeopardy"], said["is_open"]) == ("handed_over", "stalled", True)
    assert said["cause"]["code"] == "silence"
    assert said["suggestion"] == {
        "code": "trace",
        "who": "agent",
        "words": {"ja": "配送会社に荷物の調査を依頼する", "en": "Ask the carrier to trace it"},
    }
    assert said["promised"]["is_whole_days"]
    assert said["parts"][0]["tracking_number"] == made["silent"].tracking_number


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("jeopardy=late", ["A-102"]),
        ("jeopardy=on_time", []),
        ("cause=address", ["A-103"]),
        ("who=customer", ["A-103"]),
        ("who=agent&jeopardy=stalled", ["A-101"]),
    ],
)
def test_filters(ask: Ask, made: dict[str, MadeOrder], query: str, found: list[str]) -> None:
    assert numbers(ask, query) == found


def test_pages_follow_one_another(ask: Ask, made: dict[str, MadeOrder]) -> None:
    seen: list[str] = []
    path = "/v1/outlooks?limit=1"
    while path:
        answer = ask("GET", path)
        seen += [one["order"] for one in answer.get_json()["outlooks"]]
        link = answer.headers.get("Link", "")
        path = link.partition(">")[0].lstrip("<")
        assert not path or parse_qs(urlparse(path).query)["limit"] == ["1"]
    assert [one for one in seen if one < "A-105"] == ["A-101", "A-102", "A-103"]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "query", ["jeopardy=x", "cause=x", "who=x", "cursor=x", "limit=0", "limit=9999"]
)
def test_a_wrong_question_is_named(ask: Ask, query: str) -> None:
    assert ask("GET", f"/v1/outlooks?{query}").status_code == 422


def test_an_order_without_an_outlook_is_not_found(ask: Ask) -> None:
    assert ask("GET", "/v1/orders/A-999/outlook").status_code == 404


def test_the_newest_version_is_not_sent_again(ask: Ask, made: dict[str, MadeOrder]) -> None:
    path = "/v1/orders/A-104/outlook"
    first = ask("GET", path)
    again = ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
