"""What lets a desk page listen: streams run on a port of their own and get no cookie."""

from dataclasses import dataclass
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

_SALT: Final = "desk-stream"


@dataclass(frozen=True)
class Ticket:
    """Who listens, by which sign-in, from a page of which origin, to what.

    It lasts as long as the sign-in does: the stream looks that up each time it is opened, and
    ends by itself every few seconds.
    """

    staff_id: int
    session: str
    origin: str
    topics: tuple[str, ...]


def write(secret_key: str, ticket: Ticket) -> str:
    signer = URLSafeSerializer(secret_key, salt=_SALT)
    return str(signer.dumps([ticket.staff_id, ticket.session, ticket.origin, list(ticket.topics)]))


def read(secret_key: str, written: str) -> Ticket | None:
    """The ticket, or None when it is forged."""
    try:
        staff_id, session, origin, topics = URLSafeSerializer(secret_key, salt=_SALT).loads(written)
    except (BadSignature, TypeError, ValueError):
        return None
    return Ticket(staff_id, session, origin, tuple(topics))
