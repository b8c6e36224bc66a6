"""What opens doors is not told by the words an object has for itself."""

from pathlib import Path

from oms_service.adapters.carriers.easypost import EasyPost
from oms_service.settings import Settings


def test_no_repr_tells_a_key(tmp_path: Path) -> None:
    secrets = {
        "DATABASE_URL": "postgresql://shop:password-of-the-shop@db/shop",
        "SECRET_KEY": "a key of more than thirty-two characters",
        "STRIPE_API_KEY": "sk_live_of_the_shop",
        "EASYPOST_API_KEY": "EZAK_of_the_shop",
    }
    settings = Settings.from_env(
        {"REDIS_URL": "redis://broker", "STATE_DIR": str(tmp_path), **secrets}
    )
    said = repr(settings) + repr(EasyPost(settings.easypost_api_key, "https://labels.example"))
    assert [one for one in secrets.values() if one in said] == []
    assert settings.stripe_api_key == secrets["STRIPE_API_KEY"]
