"""What a customer was told: the list of their notices, each in its words, and why it came."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, func, select, tuple_, update
from sqlalchemy.orm import Session

from notifications.models import Notice, RuleVersion
from notifications.render import Speech, Wording, Words, render
from notifications.rules import BY_TEMPLATE, Kind, Rule
from notifications.states import NoticeState
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import pages
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.pages import Page

Reader = Session | Connection


@dataclass(frozen=True, kw_only=True)
class ToldView:
    """One notice that was spoken. ``words`` is None once its facts are forgotten."""

    id: int
    rule: Rule
    rule_version: int
    customer_id: int
    order_id: int | None
    matter: str
    channel: str
    #: By which other way it was said, as it stood unread; empty where by none.
    further_channel: str
    language: Language
    at: datetime
    read_at: datetime | None
    words: Words | None

    @property
    def kind(self) -> Kind:
        return self.rule.kind


_COLUMNS: Final = (
    Notice.id,
    Notice.template,
    Notice.rule_version,
    Notice.customer_id,
    Notice.order_id,
    Notice.matter,
    Notice.channel,
    Notice.further_channel,
    Notice.language,
    Notice.at,
    Notice.read_at,
    Notice.facts,
)


def page(
    reader: Reader,
    customer_id: int,
    *,
    language: Language,
    zone: ZoneInfo,
    cursor: str | None = None,
    limit: int = 30,
) -> Page[ToldView]:
    """The notices of a customer, the newest first, in the language of who reads.

    Raises:
        Invalid: a cursor of another list.
    """
    query = (
        select(*_COLUMNS)
        .where(Notice.customer_id == customer_id, Notice.state == NoticeState.SPOKEN)
        .order_by(Notice.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        query = query.where(Notice.id < pages.read(cursor, int)[0])
    rows = reader.execute(query).all()
    texts = _texts(reader, {(row.template, row.rule_version) for row in rows if row.rule_version})
    return pages.cut(
        rows,
        limit,
        shown=lambda row: _view(row, texts, language, zone),
        key=lambda row: [row.id],
    )


def one(
    reader: Reader, notice_id: int, customer_id: int, *, language: Language, zone: ZoneInfo
) -> ToldView:
    """One notice of a customer.

    Raises:
        NotFound: there is none, it was not told, or it is somebody else's.
    """
    query = select(*_COLUMNS).where(
        Notice.id == notice_id,
        Notice.customer_id == customer_id,
        Notice.state == NoticeState.SPOKEN,
    )
    row = reader.execute(query).first()
    if row is None:
        raise NotFound("no such notice")
    texts = _texts(reader, {(row.template, row.rule_version)} if row.rule_version else set())
    return _view(row, texts, language, zone)


def overtaken(reader: Reader, notice: ToldView) -> tuple[tuple[Rule, datetime], ...]:
    """What was to be told of the same matter, and was old before it was."""
    if not notice.matter:
        return ()
    query = (
        select(Notice.template, Notice.at)
        .where(
            Notice.customer_id == notice.customer_id,
            Notice.matter == notice.matter,
            Notice.state == NoticeState.SUPPRESSED,
            Notice.why == "superseded",
            Notice.id < notice.id,
        )
        .order_by(Notice.id.desc())
        .limit(10)
    )
    return tuple((BY_TEMPLATE[row.template], row.at) for row in reader.execute(query))


def unread(reader: Reader, customer_id: int, *, at_most: int | None = None) -> int:
    """How many notices a customer has not opened yet; no more than ``at_most`` are counted."""
    found = select(Notice.id).where(*_unread(customer_id)).limit(at_most).subquery()
    return reader.execute(select(func.count()).select_from(found)).scalar_one()


def read_one(uow: UnitOfWork, notice_id: int, customer_id: int) -> None:
    """Note that a notice was opened; the first time counts."""
    _read(uow, Notice.id == notice_id, *_unread(customer_id))


def read_all(uow: UnitOfWork, customer_id: int) -> None:
    """Note that a customer has seen all there is."""
    _read(uow, *_unread(customer_id))


def _read(uow: UnitOfWork, *which: ColumnElement[bool]) -> None:
    uow.session.execute(
        update(Notice)
        .where(*which)
        .values(read_at=uow.now, unread_at=None)
        .execution_options(synchronize_session=False)
    )


def _unread(customer_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Notice.customer_id == customer_id,
        Notice.state == NoticeState.SPOKEN,
        Notice.read_at.is_(None),
    )


def _texts(
    reader: Reader, wanted: Collection[tuple[str, int]]
) -> Mapping[tuple[str, int], Mapping[str, Any]]:
    """What the shop had written at each version of a rule."""
    if not wanted:
        return {}
    query = select(RuleVersion.template, RuleVersion.version, RuleVersion.texts).where(
        tuple_(RuleVersion.template, RuleVersion.version).in_(list(wanted))
    )
    return {(row.template, row.version): row.texts for row in reader.execute(query)}


def _view(
    row: Any,
    texts: Mapping[tuple[str, int], Mapping[str, Any]],
    language: Language,
    zone: ZoneInfo,
) -> ToldView:
    written = texts.get((row.template, row.rule_version), {}).get(str(language))
    wording = Wording(written["subject"], written["body"]) if written else None
    words = None
    if row.facts:
        # Said as of the day it was told: "tomorrow" is that of the letter, not of its reader.
        speech = Speech(language, row.at, zone)
        words = render(row.template, row.facts, speech, wording=wording)
    return ToldView(
        id=row.id,
        rule=BY_TEMPLATE[row.template],
        rule_version=row.rule_version,
        customer_id=row.customer_id,
        order_id=row.order_id,
        matter=row.matter,
        channel=row.channel,
        further_channel=row.further_channel,
        language=row.language,
        at=row.at,
        read_at=row.read_at,
        words=words,
    )
