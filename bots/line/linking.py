"""The address under which a customer links their LINE to their account: signed, and soon over."""

from datetime import timedelta
from typing import Final
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeSerializer

from oms_service.kernel.clock import Clock
from oms_service.kernel.text import folded

KEPT: Final = timedelta(days=1)
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 200
PAGE: Final = "/account/line"
#: LINE's own page, on which its user agrees.
_DIALOG: Final = "/dialog/bot/accountLink"

#: What people write to link their account, and to end that; nothing else is meant by them.
LINK_WORDS: Final = frozenset(
    folded(one)
    for one in (
        "連携",
        "連携する",
        "連携したい",
        "アカウント連携",
        "アカウントを連携",
        "アカウントを連携する",
        "LINE連携",
        "link",
        "link account",
        "link my account",
        "connect my account",
    )
)
UNLINK_WORDS: Final = frozenset(
    folded(one)
    for one in (
        "連携解除",
        "連携を解除",
        "連携を解除する",
        "連携をやめる",
        "アカウント連携解除",
        "アカウント連携を解除",
        "LINE連携解除",
        "unlink",
        "unlink account",
        "unlink my account",
        "disconnect my account",
    )
)


class LinkPages:
    """Writes and reads the address of the page; what it opens is for that LINE account alone."""

    def __init__(self, secret_key: str, public_url: str, clock: Clock) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="line-link")
        self._base = public_url.rstrip("/")
        self._clock = clock

    def url(self, account_id: int) -> str:
        until = int((self._clock.now() + KEPT).timestamp())
        return f"{self._base}{PAGE}?link={self._signer.dumps([account_id, until])}"

    def read(self, written: str) -> int | None:
        """The id of the account, or None when the address is forged or has run out."""
        if len(written) > _LONGEST:
            return None
        try:
            account_id, until = self._signer.loads(written)
        except (BadSignature, TypeError, ValueError):
            return None
        return None if until < self._clock.now().timestamp() else int(account_id)


def dialog(login_url: str, *, link_token: str, nonce: str) -> str:
    """Where LINE asks its user to agree."""
    said = f"linkToken={quote(link_token, safe='')}&nonce={quote(nonce, safe='')}"
    return f"{login_url}{_DIALOG}?{said}"
