"""Links that open one page of one order for whoever was sent them, until a day."""

from datetime import timedelta
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

from oms_service.kernel.clock import Clock

#: A mail that is older is not acted upon any more; the portal is there for that.
KEPT: Final = timedelta(days=30)
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 200


class WaitingLinks:
    """Signs and reads links to what may be done about an order that waits for stock.

    A link is of an order and of the customer it was sent to: once the order is another record's,
    the links that were sent before do nothing any more.
    """

    def __init__(self, secret_key: str, clock: Clock) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="order-waiting")
        self._clock = clock

    def path(self, order_id: int, customer_id: int) -> str:
        """The address of the page on this site."""
        until = int((self._clock.now() + KEPT).timestamp())
        return f"/waiting/{self._signer.dumps([order_id, customer_id, until])}"

    def read(self, written: str) -> tuple[int, int] | None:
        """The ids of order and customer, or None when the link is forged or has run out."""
        if len(written) > _LONGEST:
            return None
        try:
            order_id, customer_id, until = self._signer.loads(written)
        except (BadSignature, TypeError, ValueError):
            return None
        is_over = until < self._clock.now().timestamp()
        return None if is_over else (order_id, customer_id)
