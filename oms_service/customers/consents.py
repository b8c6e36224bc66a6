"""What customers allowed and what they refused: when, where, and which word counts now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from oms_service.customers import service
from oms_service.customers.models import Consent
from oms_service.infra.hot import Hot
from oms_service.infra.uow import UnitOfWork

Reader = Connection | Session

#: The channel of a word that counts for all of them.
ANY: Final = "any"


@dataclass(frozen=True)
class ConsentView:
    """One word of a customer about a purpose; ``source`` is where they said it."""

    purpose: str
    channel: str
    granted: bool
    source: str
    at: datetime


def said(reader: Reader, customer_id: int, *, limit: int = 100) -> tuple[ConsentView, ...]:
    """What a customer said, the newest first."""
    query = (
        select(Consent.purpose, Consent.channel, Consent.granted, Consent.source, Consent.at)
        .where(Consent.customer_id == customer_id)
        .order_by(Consent.id.desc())
        .limit(limit)
    )
    return tuple(ConsentView(*row) for row in reader.execute(query))


def standing(reader: Reader, customer_id: int) -> dict[tuple[str, str], bool]:
    """The last word by purpose and channel; what nobody asked about is not there."""
    said = _STANDING.all(reader, customer_id=customer_id)
    return {(purpose, channel): granted for purpose, channel, granted in said}


def _word(purpose: str, channel: str, granted: bool) -> tuple[str, str, bool]:  # noqa: FBT001 - a row
    return purpose, channel, granted


_STANDING: Final = Hot(
    select(Consent.purpose, Consent.channel, Consent.granted)
    .where(Consent.customer_id == bindparam("customer_id"))
    .ext(distinct_on(Consent.purpose, Consent.channel))
    .order_by(Consent.purpose, Consent.channel, Consent.id.desc()),
    _word,
)


def say(
    uow: UnitOfWork,
    customer_id: int,
    words: Mapping[tuple[str, str], bool],
    *,
    source: str,
) -> int:
    """Keep what a customer says now, by purpose and channel; said again alike, nothing is written.

    The customer is locked, so that of two who say something at once the later holds.

    Args:
        uow: the transaction.
        customer_id: who says it.
        words: True where it is allowed.
        source: where it was said, such as ``portal``.

    Returns:
        How many words are new.

    Raises:
        NotFound: no such customer, or erased.
    """
    customer = service.held(uow, customer_id)
    before = standing(uow.session, customer.id)
    new = {key: granted for key, granted in sorted(words.items()) if before.get(key) != granted}
    uow.session.add_all(
        Consent(
            customer_id=customer.id,
            purpose=purpose,
            channel=channel,
            granted=granted,
            source=source,
            at=uow.now,
        )
        for (purpose, channel), granted in new.items()
    )
    uow.session.flush()
    return len(new)
