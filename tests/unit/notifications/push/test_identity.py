"""Who we are to a push service: the same key again, another for another seed, a true signature."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature

from notifications.push.identity import Identity
from tests.fakes.push_service import coded, decoded, proven

_NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
_US = Identity.computed("a secret of the shop", "seed", "mailto:shop@example.com")


def test_a_key_is_the_same_again_wherever_it_is_computed() -> None:
    again = Identity.computed("a secret of the shop", "seed", "mailto:shop@example.com")
    assert again.public == _US.public
    assert len(decoded(_US.public)) == 65


def test_a_key_stays_what_it_was_when_browsers_subscribed_to_it() -> None:
    """Computed otherwise, it would end every subscription at once."""
    assert _US.public == (
        "BFdsXkGE2LOc-rFLUo5GUoksKkOj_aeH4VZEanfZGktgX82GMXTTCIVXlXwJQdi_EnNbQ7n8zyGiznXo6cA2or8"
    )


@pytest.mark.parametrize(
    ("master", "seed"), [("a secret of the shop", "seed2"), ("another secret", "seed")]
)
def test_another_secret_or_seed_is_another_key(master: str, seed: str) -> None:
    assert Identity.computed(master, seed, "mailto:shop@example.com").public != _US.public


def test_a_signature_proves_us_to_one_service_for_half_a_day() -> None:
    key, claims = proven(_US.authorization("https://push.example:8443/send/abc?x=1", _NOW))
    assert key == _US.public
    assert claims == {
        "aud": "https://push.example:8443",
        "exp": int((_NOW + timedelta(hours=12)).timestamp()),
        "sub": "mailto:shop@example.com",
    }


def test_nobody_else_signs_with_our_key() -> None:
    stranger = Identity.computed("guessed", "seed", "mailto:shop@example.com")
    forged = stranger.authorization("https://push.example/abc", _NOW)
    with pytest.raises(InvalidSignature):
        proven(forged.replace(stranger.public, _US.public))


def test_claims_cannot_be_changed() -> None:
    header = _US.authorization("https://push.example/abc", _NOW)
    claims = header.split(".")[1]
    longer = coded(decoded(claims).replace(b"shop@", b"thief@"))
    with pytest.raises(InvalidSignature):
        proven(header.replace(claims, longer))
