"""Which events, which addresses, when again; and signatures anybody can check."""

import base64
import hashlib
import hmac

import pytest

from oms_service.webhooks import policy, signing

NAMES = {"order.placed", "order.cancelled", "parcel.delivered"}


@pytest.mark.parametrize(
    ("pattern", "is_one"),
    [
        ("*", True),
        ("order.*", True),
        ("order.placed", True),
        ("orders.*", False),
        ("order", False),
        ("order.shipped", False),
        ("*.placed", False),
        ("order.pl*", False),
        ("", False),
        ("order.*\n", False),
    ],
)
def test_a_pattern_means_some_event(pattern: str, *, is_one: bool) -> None:
    assert policy.is_pattern(pattern, NAMES) is is_one


def test_a_subject_means_its_events_only() -> None:
    assert [n for n in sorted(NAMES) if policy.wants(["order.*"], n)] == [
        "order.cancelled",
        "order.placed",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:1::",
        "ff02::1",
    ],
)
def test_an_address_of_our_own_network_is_not_public(address: str) -> None:
    assert not policy.is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert policy.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://shop.example/hook",
        "ftp://shop.example/",
        "https://",
        "https://localhost/hook",
        "https://intranet/hook",
        "https://db.internal/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://127.1/",
        "https://user:secret@shop.example/",
        "https://shop.example/#part",
        "https://shop.example:99999/",
        "https://shop.example/a b",
        "https://shop.example/\r\nX: y",
        "https://shop.example/é",
        "https://[shop.example/",
        "https://shop.example/" + "x" * 500,
    ],
)
def test_what_is_no_address_of_a_partner_is_refused(url: str) -> None:
    assert policy.url_problem(url, private=False)


def test_a_partners_address_is_taken_and_in_development_our_own_too() -> None:
    assert policy.url_problem("https://shop.example:8443/hook?a=1", private=False) == ""
    assert policy.url_problem("http://localhost:3000/hook", private=True) == ""
    assert policy.url_problem("http://127.0.0.1:3000/hook", private=True) == ""


def test_the_tries_of_one_event_reach_over_a_day_and_then_end() -> None:
    waits = [policy.wait_s(tries, 0.0) for tries in range(1, policy.MOST_TRIES + 1)]
    assert waits[-1] is None
    seconds = [wait for wait in waits if wait is not None]
    assert seconds == sorted(seconds)
    assert 23 * 3600 < sum(seconds) < 25 * 3600
    assert policy.wait_s(1, 1.0) == 6.25


def test_a_failing_endpoint_rests_longer_each_time() -> None:
    assert [policy.rest_s(failures) for failures in (1, 2, 5, 9, 10_000)] == [2, 4, 32, 300, 300]


def test_a_signature_is_what_the_standard_says() -> None:
    secret = signing.secret("the shop's own key", "a seed")
    body = b'{"id":"1"}'
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = hmac.new(key, b"msg_1.1700000000." + body, hashlib.sha256).digest()
    signed = signing.signature(secret, event_id="msg_1", timestamp=1_700_000_000, body=body)
    assert signed == "v1," + base64.b64encode(wanted).decode()
    assert len(key) == 32


def test_the_standards_own_example_holds() -> None:
    signed = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1_614_265_330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_differ_by_seed_and_by_shop() -> None:
    assert len({signing.secret(m, s) for m in ("one", "two") for s in ("a", "b")}) == 4
