"""What is known of browsers that ring, and of their rings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session, aliased

from notifications.models import Notice
from notifications.push.models import PushBrowser, PushRing
from notifications.push.states import RingState
from oms_service.kernel.languages import Language

Reader = Session | Connection


@dataclass(frozen=True, kw_only=True)
class BrowserView:
    """A browser in which its customer is rung. Times are UTC."""

    id: int
    device: str
    made_at: datetime
    last_ok_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ToRing:
    """A ring that has not ended, with its notice and its browser as they are now."""

    id: int
    browser_id: int
    notice_id: int
    customer_id: int
    template: str
    rule_version: int
    matter: str
    language: Language
    made_at: datetime
    is_read: bool
    is_on: bool
    is_overtaken: bool
    #: Whether its letter told several things, so that no single one of them is what came.
    is_one_of_several: bool
    endpoint: str
    p256dh: str
    auth: str
    seed: str


@dataclass(frozen=True, kw_only=True)
class RingView:
    """What came of one ring. ``status`` is what the push service said last, by HTTP."""

    device: str
    state: RingState
    why: str
    status: int | None
    made_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How web push is, for whoever runs the house."""

    browsers: int
    taken: int
    refused: int


def ringing(reader: Reader, customer_id: int) -> Sequence[BrowserView]:
    """The browsers of a customer that ring, the newest first."""
    rows = reader.execute(
        select(PushBrowser.id, PushBrowser.device, PushBrowser.made_at, PushBrowser.last_ok_at)
        .where(PushBrowser.customer_id == customer_id, PushBrowser.ended_at.is_(None))
        .order_by(PushBrowser.id.desc())
    )
    return [BrowserView(**row._mapping) for row in rows]  # noqa: SLF001 - a row's public way to names


def to_ring(reader: Reader, ring_id: int) -> ToRing | None:
    """A ring that still waits; None where it has ended, or never was."""
    later, newer, beside = aliased(PushRing), aliased(Notice), aliased(Notice)
    overtaken = (
        select(later.id)
        .join(newer, newer.id == later.notice_id)
        .where(
            later.browser_id == PushRing.browser_id,
            later.id > PushRing.id,
            newer.matter == Notice.matter,
            newer.matter != "",
        )
        .exists()
    )
    several = (
        select(beside.id)
        .where(beside.message_id == Notice.message_id, beside.id != Notice.id)
        .exists()
    )
    row = reader.execute(
        select(
            PushRing.id,
            PushRing.browser_id,
            PushRing.notice_id,
            Notice.customer_id,
            Notice.template,
            Notice.rule_version,
            Notice.matter,
            Notice.language,
            PushRing.made_at,
            Notice.read_at.is_not(None).label("is_read"),
            PushBrowser.ended_at.is_(None).label("is_on"),
            overtaken.label("is_overtaken"),
            several.label("is_one_of_several"),
            PushBrowser.endpoint,
            PushBrowser.p256dh,
            PushBrowser.auth,
            PushBrowser.seed,
        )
        .join(Notice, Notice.id == PushRing.notice_id)
        .join(PushBrowser, PushBrowser.id == PushRing.browser_id)
        .where(PushRing.id == ring_id, PushRing.state == RingState.WAITING)
    ).first()
    return ToRing(**row._mapping) if row is not None else None  # noqa: SLF001 - as above


def of_message(reader: Reader, message_id: int) -> Sequence[RingView]:
    """What rang beside a message, in the order of the browsers."""
    rows = reader.execute(
        select(
            PushBrowser.device,
            PushRing.state,
            PushRing.why,
            PushRing.status,
            PushRing.made_at,
            PushRing.settled_at,
        )
        .join(Notice, Notice.id == PushRing.notice_id)
        .join(PushBrowser, PushBrowser.id == PushRing.browser_id)
        .where(Notice.message_id == message_id)
        .order_by(PushRing.id)
    )
    return [RingView(**row._mapping) for row in rows]  # noqa: SLF001 - as above


def tally(reader: Reader, since: datetime) -> Tally:
    """How many browsers ring, and what came of rings since a moment."""
    browsers = select(func.count()).where(PushBrowser.ended_at.is_(None))
    rings = select(
        func.count().filter(PushRing.state == RingState.TAKEN).label("taken"),
        func.count().filter(PushRing.state == RingState.REFUSED).label("refused"),
    ).where(PushRing.made_at >= since)
    row = reader.execute(rings).one()
    return Tally(
        browsers=reader.execute(browsers).scalar_one(), taken=row.taken, refused=row.refused
    )
