"""Links that end one kind of mail for one customer, with one press and without signing in."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

from notifications.rules import Kind, may_be_refused

#: Laws ask for a month at least; people find old mail.
KEPT: Final = timedelta(days=180)
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 200
_GREATEST: Final = 2**63


@dataclass(frozen=True)
class Stops:
    """Writes and reads the links. ``site`` is the shop's public address."""

    secret_key: str
    site: str

    def url(self, customer_id: int, kind: Kind, now: datetime) -> str:
        """The whole address; the same all day long."""
        until = (now + KEPT).date().toordinal()
        token = self._signer.dumps([customer_id, str(kind), until])
        return f"{self.site.rstrip('/')}/stop-mail/{token}"

    def read(self, token: str, now: datetime) -> tuple[int, Kind] | None:
        """Whose mail of which kind a link ends; None when it is forged or over."""
        if len(token) > _LONGEST:
            return None
        try:
            customer_id, kind, until = self._signer.loads(token)
        except (BadSignature, TypeError, ValueError):
            return None
        is_right = all(isinstance(number, int) for number in (customer_id, until))
        if not is_right or not 0 < customer_id < _GREATEST or now.date().toordinal() > until:
            return None
        found = next((one for one in Kind if one == kind and may_be_refused(one)), None)
        return None if found is None else (customer_id, found)

    @cached_property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(
            self.secret_key,
            salt="stop-mail",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
