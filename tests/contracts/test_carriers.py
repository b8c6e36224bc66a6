"""What every carrier's adapter keeps to."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.adapters.carriers import signing
from oms_service.adapters.carriers.house import CARRIERS, JAPANESE_REASONS
from oms_service.adapters.carriers.json_carrier import JsonCarrier
from oms_service.ports.carrier import KIND, CarrierStatus, Unreadable
from oms_service.shipping.states import FINAL

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ALL = sorted(CARRIERS.items())
JAPANESE = ("yamato", "sagawa", "japanpost")


@pytest.fixture(params=ALL, ids=[slug for (_, slug), _ in ALL])
def carrier(request: pytest.FixtureRequest) -> JsonCarrier:
    (_, slug), found = request.param
    assert found.slug == slug
    assert isinstance(found, JsonCarrier)
    return found


def one(**more: object) -> bytes:
    scan = {"tracking_number": "1234-5678-9012", "status": "?", "occurred_at": "2026-11-22T08:00"}
    return json.dumps({"scans": [scan | more]}).encode()


def test_it_has_a_name_in_both_languages(carrier: JsonCarrier) -> None:
    assert carrier.names["ja"]
    assert carrier.names["en"]


def test_it_takes_its_own_signature_and_no_other(carrier: JsonCarrier) -> None:
    body = one()
    signed = signing.headers("one secret", NOW, body)
    assert carrier.verify(body, signed, "one secret", now=NOW)
    assert not carrier.verify(body, signed, "another", now=NOW)
    assert not carrier.verify(body + b" ", signed, "one secret", now=NOW)
    assert not carrier.verify(body, signed, "one secret", now=NOW + timedelta(minutes=6))
    assert not carrier.verify(body, {}, "one secret", now=NOW)


def test_the_same_words_have_the_same_key_and_others_another(carrier: JsonCarrier) -> None:
    (first,), (again,) = carrier.parse(one()), carrier.parse(one())
    (other,) = carrier.parse(one(place="新宿"))
    assert first.event_key == again.event_key != other.event_key
    (named,) = carrier.parse(one(event_id="e-7"))
    assert named.event_key == "e-7"


def test_words_it_does_not_know_are_kept_as_unknown(carrier: JsonCarrier) -> None:
    (fact,) = carrier.parse(one(status="空飛ぶ荷物"))
    assert (fact.status, fact.carrier_words) == (CarrierStatus.UNKNOWN, "空飛ぶ荷物")


def test_a_time_without_an_offset_is_local(carrier: JsonCarrier) -> None:
    (fact,) = carrier.parse(one())
    assert fact.occurred_at == datetime(2026, 11, 21, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("slug", JAPANESE)
def test_japanese_carriers_say_every_step_a_customer_waits_for(slug: str) -> None:
    found = CARRIERS[KIND, slug]
    wanted = {
        CarrierStatus.PRE_TRANSIT,
        CarrierStatus.IN_TRANSIT,
        CarrierStatus.OUT_FOR_DELIVERY,
        CarrierStatus.ATTEMPTED,
        CarrierStatus.AVAILABLE_FOR_PICKUP,
        CarrierStatus.DELAYED,
        CarrierStatus.RETURNING,
        *FINAL,
    }
    assert wanted <= set(found.statuses.values())
    assert found.tracking_url("1234-5678-9012") is not None
    assert "123456789012" in str(found.tracking_url("１２３４-5678-9012"))


@pytest.mark.parametrize(
    ("slug", "words", "status"),
    [
        ("yamato", "配達中", CarrierStatus.OUT_FOR_DELIVERY),
        ("yamato", "配達完了", CarrierStatus.DELIVERED),
        ("yamato", "持戻（ご不在）", CarrierStatus.ATTEMPTED),
        ("sagawa", "配達中です", CarrierStatus.OUT_FOR_DELIVERY),
        ("japanpost", "お届け先にお届け済み", CarrierStatus.DELIVERED),
        ("japanpost", "ご不在のため持ち戻り", CarrierStatus.ATTEMPTED),
        ("japanpost", "差出人に返送済み", CarrierStatus.FAILURE),
    ],
)
def test_wordings(slug: str, words: str, status: CarrierStatus) -> None:
    assert CARRIERS[KIND, slug].status_of(words) is status


def test_known_wordings_mean_themselves() -> None:
    for carrier in CARRIERS.values():
        for words, status in carrier.statuses.items():
            assert carrier.status_of(words) is status, words


@pytest.mark.parametrize(
    ("words", "code"),
    [("大雪のため遅延", "snow"), ("台風10号", "typhoon"), ("ご不在", "no_one_home"), ("", "")],
)
def test_reasons(words: str, code: str) -> None:
    assert CARRIERS[KIND, "yamato"].reason_of(words) == code
    assert set(JAPANESE_REASONS.values()) >= ({code} if code else set())


def test_an_aggregator_speaks_for_others_and_nobody_else_does() -> None:
    body = one(carrier="sagawa")
    assert CARRIERS[KIND, "generic"].parse(body)[0].carrier == "sagawa"
    assert CARRIERS[KIND, "yamato"].parse(body)[0].carrier == "yamato"


@given(st.binary() | st.text().map(str.encode) | st.just(b"[" * 50_000))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for carrier in CARRIERS.values():
        with suppress(Unreadable):
            assert isinstance(carrier.parse(body), list)
