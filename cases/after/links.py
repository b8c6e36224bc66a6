"""Links that let whoever was sent one see and answer one thing, until a day.

A link names what it opens and whose it was. Once that is another record's, or its customer is
erased, the links that were given out open nothing any more. Following one changes nothing: mail
programs follow links by themselves, so every answer is a form that is sent.
"""

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

from oms_service.kernel.clock import Clock

#: A mail that is older opens nothing any more; the portal is there for that.
KEPT: Final = timedelta(days=60)
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 200
#: More than a row can have as its id.
_GREATEST: Final = 2**63


class Opens(StrEnum):
    """What a link opens, as its address says."""

    CASE = "case"
    SURVEY = "rate"
    FEEDBACK = "feedback"


class AfterLinks:
    """Signs and reads links to a case, to a question about it, to one about a delivery."""

    def __init__(self, secret_key: str, site: str, clock: Clock) -> None:
        self._secret_key = secret_key
        self._site = site.rstrip("/")
        self._clock = clock

    def url(self, opens: Opens, row_id: int, customer_id: int) -> str:
        """The whole address."""
        return f"{self._site}/{opens}/{self.token(opens, row_id, customer_id)}"

    def token(self, opens: Opens, row_id: int, customer_id: int) -> str:
        """What stands in the address; the same all day long."""
        until = (self._clock.now() + KEPT).date().toordinal()
        return str(self._signer(opens).dumps([row_id, customer_id, until]))

    def read(self, opens: Opens, written: str) -> tuple[int, int] | None:
        """The ids of what is opened and of its customer; None when forged or over."""
        if len(written) > _LONGEST:
            return None
        try:
            row_id, customer_id, until = self._signer(opens).loads(written)
        except (BadSignature, TypeError, ValueError):
            return None
        numbers = (row_id, customer_id, until)
        if not all(isinstance(one, int) and 0 < one < _GREATEST for one in numbers):
            return None
        is_over = self._clock.now().date().toordinal() > until
        return None if is_over else (row_id, customer_id)

    def _signer(self, opens: Opens) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._secret_key,
            salt=f"after-{opens}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
