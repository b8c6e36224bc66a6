"""A bad setting stops start-up with its name, and never with its value."""

import pytest

from oms_service.settings import BadSetting, Settings

GOOD = {
    "DATABASE_URL": "postgresql://oms@localhost/oms",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEY": "x" * 32,
}


def test_what_is_needed_is_little() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.port == 8000
    assert settings.zone.key == "Asia/Tokyo"
    assert settings.language == "ja"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_one_is_named(name: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} is not set"):
        Settings.from_env({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:///secret.db"),
        ("REDIS_URL", "http://secret"),
        ("SECRET_KEY", "secret"),
        ("PORT", "secret"),
        ("PORT", "70000"),
        ("SHOP_ZONE", "secret/Nowhere"),
        ("SHOP_LANGUAGE", "secret"),
        ("DEMO", "secret"),
        ("DATABASE_POOL", "0"),
        ("TRUSTED_PROXIES", "-1"),
        ("LOG_LEVEL", "secret"),
        ("SMS_URL", "http://secret.example/send"),
        ("SMS_BODY", "secret"),
        ("SMS_BODY", '["{to}", "{text}", "secret"]'),
        ("SMS_BODY", '{"secret": "{text}"}'),
        ("EMBED_ORIGINS", "https://secret.example; script-src *"),
        ("EMBED_ORIGINS", "*"),
    ],
)
def test_a_bad_one_is_named_and_not_quoted(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_env({**GOOD, name: value})
    assert str(refused.value).startswith(f"{name}: ")
    assert "secret" not in str(refused.value)
