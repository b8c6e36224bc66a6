"""Codes by the clock, against the vectors of the RFCs."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from oms_service.access import required, totp

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, expected: str) -> None:
    step = totp.step_at(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    assert totp.code(SECRET, step, digits=8) == expected
    assert totp.code(SECRET, step) == expected[2:]


@pytest.mark.parametrize(
    ("count", "expected"),
    list(enumerate(["755224", "287082", "359152", "969429", "338314", "254676"])),
)
def test_codes_of_a_count_are_those_of_rfc_4226(count: int, expected: str) -> None:
    assert totp.code(SECRET, count) == expected


@pytest.mark.parametrize(
    ("off", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_phones_clock_may_be_one_step_off(off: int, *, fits: bool) -> None:
    now = datetime(2026, 11, 22, 1, 0, 7, tzinfo=UTC)
    step = totp.step_at(now) + off
    assert totp.step_of(SECRET, totp.code(SECRET, step), now) == (step if fits else None)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_fits_no_step(typed: str) -> None:
    assert totp.step_of(SECRET, typed, datetime(2026, 11, 22, tzinfo=UTC)) is None


def test_the_secret_takes_both_the_shops_key_and_the_seed() -> None:
    made = totp.secret("key", "seed")
    assert len(made) == 20
    assert made == totp.secret("key", "seed")
    assert made not in {totp.secret("other", "seed"), totp.secret("key", "other")}


def test_apps_read_the_address() -> None:
    said = urlsplit(totp.address(SECRET, shop="みなと 商店", mail="agent@shop.example"))
    assert (said.scheme, said.netloc) == ("otpauth", "totp")
    assert "agent%40shop.example" in said.path
    assert parse_qs(said.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["みなと 商店"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    assert totp.typed(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


@pytest.mark.parametrize(
    ("must", "is_on", "by_provider", "has_second_step", "needed"),
    [
        (False, False, False, False, False),
        (False, True, False, False, True),
        (True, False, False, False, True),
        (True, True, False, False, True),
        (False, True, True, False, False),
        (True, True, True, False, True),
        (True, False, True, False, True),
        (True, True, True, True, False),
        (True, True, False, True, True),
    ],
)
def test_who_is_asked_for_a_second_step(
    *, must: bool, is_on: bool, by_provider: bool, has_second_step: bool, needed: bool
) -> None:
    asked = required.is_needed(
        must=must, is_on=is_on, by_provider=by_provider, has_second_step=has_second_step
    )
    assert asked is needed
