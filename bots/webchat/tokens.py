"""What lets a browser back into its conversation, and into the stream of it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

from oms_service.kernel import ids
from oms_service.kernel.clock import Clock

#: A ticket opens one stream; by the time it has expired the stream has ended by itself.
TICKET_KEPT: Final = timedelta(seconds=60)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    return ids.token()


def key_of(token: str) -> str | None:
    """What is stored of a token, or None for text that cannot be one."""
    return ids.digest(token) if _TOKEN.fullmatch(token) else None


@dataclass(frozen=True)
class Ticket:
    """Which conversation may be listened to, from a page of which origin."""

    conversation_public_id: str
    origin: str


class Tickets:
    """Signs and reads tickets: streams take no header and no cookie from another port."""

    def __init__(self, secret_key: str, clock: Clock) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="webchat-stream")
        self._clock = clock

    def write(self, ticket: Ticket) -> str:
        until = int((self._clock.now() + TICKET_KEPT).timestamp())
        return str(self._signer.dumps([ticket.conversation_public_id, ticket.origin, until]))

    def read(self, written: str) -> Ticket | None:
        """The ticket, or None when it is forged or has expired."""
        try:
            public_id, origin, until = self._signer.loads(written)
        except (BadSignature, TypeError, ValueError):
            return None
        if until < self._clock.now().timestamp():
            return None
        return Ticket(public_id, origin)
