"""Links that open one page of one order for whoever was sent them, until a day."""

from datetime import timedelta
from typing import ClassVar, Final

from itsdangerous import BadSignature, URLSafeSerializer

from oms_service.kernel.clock import Clock

#: A mail that is older is not acted upon any more; the portal is there for that.
KEPT: Final = timedelta(days=30)
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 200


class _OrderLinks:
    """Signs and reads links to one page of an order.

    A link is of an order and of the customer it was sent to: once the order is another record's,
    the links that were sent before do nothing any more.
    """

    _salt: ClassVar[str]
    _page: ClassVar[str]

    def __init__(self, secret_key: str, clock: Clock) -> None:
        self._signer = URLSafeSerializer(secret_key, salt=self._salt)
        self._clock = clock

    def path(self, order_id: int, customer_id: int) -> str:
        """The address of the page on this site."""
        until = int((self._clock.now() + KEPT).timestamp())
        return f"{self._page}/{self._signer.dumps([order_id, customer_id, until])}"

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


class WaitingLinks(_OrderLinks):
    """What may be done about an order that waits for stock."""

    _salt, _page = "order-waiting", "/waiting"


class ComingBackLinks(_OrderLinks):
    """Sending goods of an order back, exchanging them, or saying what is wrong with them."""

    _salt, _page = "order-coming-back", "/coming-back"


class PaperLinks(_OrderLinks):
    """Invoice and receipt of an order; what follows the link in its address says which."""

    _salt, _page = "order-papers", "/papers"
