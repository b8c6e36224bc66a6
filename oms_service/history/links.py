"""Links that show where one order is to whoever holds them: signed, for a while, for its owner.

A link names an order, the day it ends and a seal of whose order it is. When the order goes to
another record of a customer, or its customer is erased, the links that were given out open
nothing any more.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.customers import queries as customers
from oms_service.kernel.errors import NotFound
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import OrderState

#: So long a link opens its page; one that is given out later lives longer.
KEPT: Final = timedelta(days=60)
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 300
_SEAL_LETTERS: Final = 16
_SALT: Final = "tracking-link"


@dataclass(frozen=True)
class Links:
    """Writes and reads links. ``base`` is the shop's public address without a slash at the end."""

    secret_key: str
    base: str

    def token(self, number: str, customer_id: int, now: datetime) -> str:
        """What stands in the address; the same all day long."""
        until = (now + KEPT).date().toordinal()
        said = [number, until, self._seal(number, customer_id)]
        return str(self._signer.dumps(said))

    def page(self, token: str) -> str:
        """The address of the page for people."""
        return f"{self.base}/t/{token}"

    def calendar(self, token: str) -> str:
        """The address of the delivery as an entry for calendars."""
        return f"{self.base}/t/{token}/delivery.ics"

    def open(self, reader: Session | Connection, token: str, now: datetime) -> OrderView | None:
        """The order of a link; None when it is forged, over, or the order is another's now."""
        said = self._read(token)
        if said is None or now.date().toordinal() > said[1]:
            return None
        number, _, seal = said
        try:
            found = orders.find(reader, number)
        except NotFound:
            return None
        is_whole = found.number == number and found.order_state is not OrderState.DRAFT
        if not is_whole or not hmac.compare_digest(self._seal(number, found.customer_id), seal):
            return None
        return None if customers.is_erased(reader, found.customer_id) else found

    @cached_property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(
            self.secret_key,
            salt=_SALT,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def _read(self, token: str) -> tuple[str, int, str] | None:
        if len(token) > _LONGEST:
            return None
        try:
            number, until, seal = self._signer.loads(token)
        except (BadSignature, TypeError, ValueError):
            return None
        return str(number), int(until), str(seal)

    def _seal(self, number: str, customer_id: int) -> str:
        whose = f"{_SALT}:{number}:{customer_id}".encode()
        return hmac.new(self.secret_key.encode(), whose, hashlib.sha256).hexdigest()[:_SEAL_LETTERS]
