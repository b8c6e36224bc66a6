"""What shows one file of a chat to a browser that sends no token: signed, and soon over."""

from datetime import timedelta
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

from oms_service.kernel.clock import Clock

PASS_KEPT: Final = timedelta(hours=1)


class Passes:
    """Writes and reads what shows one file without a token."""

    def __init__(self, secret_key: str, clock: Clock) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="webchat-file")
        self._clock = clock

    def url(self, public_id: str, *, is_preview: bool = False) -> str:
        """Where a file is shown for now."""
        until = int((self._clock.now() + PASS_KEPT).timestamp())
        written = self._signer.dumps([public_id, until])
        return f"/chat/files/{public_id}{'/preview' if is_preview else ''}?pass={written}"

    def fits(self, public_id: str, written: str) -> bool:
        """Whether a pass shows this file, and still does."""
        try:
            named, until = self._signer.loads(written)
        except (BadSignature, TypeError, ValueError):
            return False
        return bool(named == public_id and until >= self._clock.now().timestamp())
