"""Telling customers: planned once, spoken once, where they are talking to us or by mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ARRAY, String, bindparam, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from notifications import preferences, turns, versions, ways
from notifications.models import Notice
from notifications.planner import Do, Plan, Situation, plan, unread_at
from notifications.push import ringing
from notifications.render import Speech, Words, render
from notifications.rules import (
    BY_TEMPLATE,
    CASE_RESOLVED,
    SATISFACTION,
    SHIPPED,
    Rule,
    alike,
    may_be_refused,
    outdated,
)
from notifications.sms import texts
from notifications.states import NoticeState
from notifications.stops import Stops
from notifications.versions import RuleView
from notifications.ways import Mobile, To
from oms_service.appearance import queries as looks
from oms_service.appearance.colours import DEFAULT
from oms_service.conversations import service as talking
from oms_service.conversations.channels import MAIL, PULLED, SMS
from oms_service.conversations.states import AuthorKind
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.customers import zones
from oms_service.infra.db import stored
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Language
from oms_service.shipping import told as arrivals
from oms_service.shipping.windows import Window

log = structlog.get_logger(__name__)

#: Who said or heard something so lately is awake.
TALKING: Final = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is to be told to whom. ``key`` makes telling it twice impossible.

    ``of`` says which parcel, pickup, return or the like it is about, by id: a later step of the
    same makes this one old while it waits.
    """

    rule: Rule
    key: str
    customer_id: int
    language: Language
    facts: Mapping[str, Any]
    order_id: int | None = None
    of: int | None = None

    @property
    def matter(self) -> str:
        return f"{self.rule.about}:{self.of}" if self.of is not None and self.rule.about else ""


@dataclass(frozen=True)
class Voice:
    """Where the shop is, and how it writes the links that end mail of a kind."""

    zone: ZoneInfo
    stops: Stops | None = None

    @property
    def site(self) -> str:
        """The shop's public address; empty where no links are written."""
        return self.stops.site.rstrip("/") if self.stops is not None else ""


class Said(Protocol):
    """A message in which a notice was told."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Letter:
    """A mail as it leaves. ``order_id`` where all of it is about one order."""

    to: str
    words: Words
    key: str
    order_id: int | None


def tell(
    uow: UnitOfWork, told: Told, *, zone: ZoneInfo, stops: Stops | None = None
) -> NoticeState | None:
    """Plan a notice and speak it if now is the time.

    Args:
        uow: the transaction of the fact that is told.
        told: what to whom.
        zone: the shop's.
        stops: writes the links that end mail of a kind.

    Returns:
        What became of it; None when this key is known already or the shop does not tell this.
    """
    begun = begin(uow, told)
    if begun is None:
        return None
    notice, holds = begun
    follow(uow, notice, holds, Voice(zone, stops))
    uow.session.flush()
    return notice.state


def begin(uow: UnitOfWork, told: Told) -> tuple[Notice, RuleView] | None:
    """Write down that something is to be told; None where it is known, or the shop does not."""
    holds = versions.in_force(uow.session, told.rule.template)
    if not holds.rule.is_on:
        return None
    values: dict[str, Any] = {
        "key": told.key,
        "customer_id": told.customer_id,
        "order_id": told.order_id,
        "template": told.rule.template,
        "matter": told.matter,
        "language": told.language,
        "facts": dict(told.facts),
        "state": NoticeState.SUPPRESSED,
        "at": uow.now,
    }
    notice_id = _BEGUN.first(uow.session, **values)
    if notice_id is None:
        return None
    notice = stored(uow.session, Notice(id=notice_id, **_NOT_YET, **values))
    if holds.rule.once_a_day and told.order_id is not None:
        withdraw(uow, told.rule, told.order_id, why="superseded")
    _outdate(uow, notice, told.rule)
    return notice, holds


def withdraw(
    uow: UnitOfWork, rule: Rule, order_id: int, *, why: str, parcel_id: int | None = None
) -> None:
    """What waits to be told of an order, or of one parcel of it, is overtaken by events."""
    is_meant = true() if parcel_id is None else Notice.facts["parcel_id"].as_integer() == parcel_id
    uow.session.execute(
        update(Notice)
        .where(
            Notice.order_id == order_id,
            Notice.template.in_(alike(rule)),
            Notice.state == NoticeState.WAITING,
            is_meant,
        )
        .values(state=NoticeState.SUPPRESSED, due_at=None, why=why)
    )


def _outdate(uow: UnitOfWork, notice: Notice, rule: Rule) -> None:
    """Earlier steps of the same matter that still wait are not told any more."""
    templates = outdated(rule) if notice.matter else ()
    if not templates:
        return
    given = {"matter_is": notice.matter, "templates": list(templates), "newest": notice.id}
    for old_id in _OUTDATED.all(uow.session, **given):
        old = uow.session.identity_map.get(identity_key(Notice, old_id))
        if old is not None:
            uow.session.expire(old)


#: What a notice is before it is decided on.
_NOT_YET: Final[Mapping[str, Any]] = {
    "rule_version": 0,
    "channel": "",
    "tried": "",
    "why": "",
    "message_id": None,
    "read_at": None,
    "due_at": None,
    "unread_at": None,
    "further_channel": "",
    "further_message_id": None,
}
_BEGUN: Final[Hot[int]] = Hot(
    insert(Notice).on_conflict_do_nothing(index_elements=["key"]).returning(Notice.id),
    value,
    columns=(
        "key",
        "customer_id",
        "order_id",
        "template",
        "matter",
        "language",
        "facts",
        "state",
        "at",
    ),
)
_OUTDATED: Final[Hot[int]] = Hot(
    update(Notice)
    .where(
        Notice.matter == bindparam("matter_is"),
        Notice.template == func.any(bindparam("templates", type_=ARRAY(String))),
        Notice.state == NoticeState.WAITING,
        Notice.id != bindparam("newest"),
    )
    .values(state=NoticeState.SUPPRESSED, due_at=None, why="superseded")
    .returning(Notice.id),
    value,
)


def withdraw_of_case(uow: UnitOfWork, case_number: str, *, why: str) -> None:
    """What waits to be told of how a case ended is not told any more."""
    uow.session.execute(
        update(Notice)
        .where(
            Notice.template.in_((CASE_RESOLVED.template, SATISFACTION.template)),
            Notice.state == NoticeState.WAITING,
            Notice.facts["case_number"].astext == case_number,
        )
        .values(state=NoticeState.SUPPRESSED, due_at=None, why=why)
    )


def bad_news(session: Session, rule: Rule, order_id: int) -> str | None:
    """The cause that the newest word of the matter gave; None where it was no bad one."""
    newest = session.execute(
        select(Notice.template, Notice.facts["cause"].astext.label("cause"))
        .where(
            Notice.order_id == order_id,
            Notice.template.in_(alike(rule)),
            Notice.state == NoticeState.SPOKEN,
        )
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(1)
    ).first()
    return (newest.cause or "") if newest and newest.template != rule.template else None


def is_told(session: Session, key: str) -> bool:
    """Whether a notice was told, or waits for its hour."""
    found = select(Notice.id).where(
        Notice.key == key, Notice.state.in_([NoticeState.SPOKEN, NoticeState.WAITING])
    )
    return session.scalar(found) is not None


def parcels_told(session: Session, order_id: int, *, with_waiting: bool = False) -> set[int]:
    """The parcels of an order whose leaving the customer was told of, or is about to be."""
    states = [NoticeState.SPOKEN, NoticeState.WAITING] if with_waiting else [NoticeState.SPOKEN]
    query = select(Notice.facts).where(
        Notice.order_id == order_id,
        Notice.template == SHIPPED.template,
        Notice.state.in_(states),
    )
    return {one for facts in session.scalars(query) for one in facts.get("parcel_ids", ())}


def fall_back(
    uow: UnitOfWork, message_id: int, *, zone: ZoneInfo, stops: Stops | None = None
) -> bool:
    """Say by the next way what one could not bring; whether there was one.

    It stands in the inbox either way. Asked twice, it is said once: the notice is in another
    message then.
    """
    said_in = or_(Notice.message_id == message_id, Notice.further_message_id == message_id)
    letter = select(Notice).where(said_in).order_by(Notice.id)
    told = uow.session.scalars(letter.with_for_update()).all()
    voice = Voice(zone, stops)
    said = [
        _fall_back(uow, notice, voice)
        if notice.further_message_id is None
        else _fall_further(uow, notice, voice, message_id)
        for notice in told
    ]
    return any(said)


def _fall_further(uow: UnitOfWork, notice: Notice, voice: Voice, message_id: int) -> bool:
    """What went a second way as nobody had read it: only that way is stood in for."""
    if message_id != notice.further_message_id or not notice.facts:
        return False
    notice.tried = ",".join(_tried(notice, notice.further_channel))
    return say_further(uow, notice, voice)


def say_further(uow: UnitOfWork, notice: Notice, voice: Voice) -> bool:
    """Say what was told by the next way as well that its reader chose; whether there was one."""
    holds = versions.one(uow.session, notice.template, notice.rule_version)
    there = ways.of(uow.session, notice.customer_id, uow.now)
    wanted = preferences.of(uow.session, notice.customer_id)
    tried = _tried(notice, notice.channel)
    chosen = {one for one in there.open if wanted.wants(holds.rule.kind, one)}
    way = ways.next_after(tried, chosen, turns.of(uow.session, notice.customer_id))
    to = there.to(way) if way is not None else None
    if to is None:
        return False
    message = speak(uow, notice, holds, voice, to)
    notice.further_channel, notice.further_message_id = channel_of(to), message.id
    uow.session.flush()
    return True


def _fall_back(uow: UnitOfWork, notice: Notice, voice: Voice) -> bool:
    if notice.state is not NoticeState.SPOKEN or not notice.facts:
        return False
    holds = versions.one(uow.session, notice.template, notice.rule_version)
    to = _next(uow, notice, holds, notice.channel)
    if to is None:
        return False
    notice.tried = ",".join(_tried(notice, notice.channel))
    message = speak(uow, notice, holds, voice, to)
    notice.channel, notice.message_id = channel_of(to), message.id
    uow.session.flush()
    return True


def follow(uow: UnitOfWork, notice: Notice, holds: RuleView, voice: Voice) -> None:
    """Make a plan for a notice and do what it says."""
    made, to = decide(uow, notice, holds, voice)
    match made.do:
        case Do.WAIT:
            notice.state, notice.due_at, notice.why = NoticeState.WAITING, made.due_at, made.why
        case Do.SUPPRESS:
            notice.state, notice.due_at, notice.why = NoticeState.SUPPRESSED, None, made.why
        case Do.SPEAK:
            message = speak(uow, notice, holds, voice, to or "")
            spoken(uow, notice, holds, message, by=channel_of(to))
            ringing.plan(uow, notice)


def decide(
    uow: UnitOfWork, notice: Notice, holds: RuleView, voice: Voice
) -> tuple[Plan, To | None]:
    """What is to become of a notice now, and where it is said."""
    rule = holds.rule
    there = ways.of(uow.session, notice.customer_id, uow.now)
    wanted = preferences.of(uow.session, notice.customer_id)
    left = there.open.difference(notice.tried.split(","))
    allowed = wanted.ways(rule.kind, left)
    way = ways.first(rule, allowed, turns.of(uow.session, notice.customer_id))
    to = there.to(way) if way is not None else None
    talked_at = there.last_word_at() if isinstance(to, ConversationView) else None
    made = plan(
        rule,
        Situation(
            now=uow.now,
            zone=zones.of(uow.session, notice.customer_id, shop=voice.zone),
            is_refused=bool(left) and not allowed,
            is_reachable=to is not None,
            is_talking=talked_at is not None and uow.now - talked_at <= TALKING,
            told_at=_last_told(uow, notice) if rule.once_a_day else None,
        ),
    )
    return made, to


def spoken(uow: UnitOfWork, notice: Notice, holds: RuleView, message: Said, *, by: str) -> None:
    """Keep that a notice is told: when, by which version of its rule, which way, in what."""
    notice.rule_version = holds.version
    notice.state, notice.due_at, notice.at = NoticeState.SPOKEN, None, uow.now
    notice.why = ""
    notice.channel, notice.message_id = by, message.id
    over = notice.facts.get("until_at")
    notice.unread_at = unread_at(
        holds.rule, uow.now, datetime.fromisoformat(over) if over else None
    )


def in_words(
    uow: UnitOfWork, notice: Notice, holds: RuleView, voice: Voice, language: Language
) -> Words:
    """A notice in words, for a letter."""
    return render(
        notice.template,
        notice.facts,
        Speech(language, uow.now, voice.zone),
        wording=holds.wording(language),
        accent=looks.current(uow.session).accent or DEFAULT,
    )


def write(
    uow: UnitOfWork, notice: Notice, holds: RuleView, voice: Voice, letter: Letter
) -> MessageView:
    """Put a letter on its way; the notice says whom it is for and of which kind it is."""
    extra: dict[str, Any] = {"html": letter.words.html}
    if letter.order_id is not None:
        extra[talking.THREAD] = f"order:{letter.order_id}"
    if voice.stops is not None and may_be_refused(holds.rule.kind):
        extra["unsubscribe"] = voice.stops.url(notice.customer_id, holds.rule.kind, uow.now)
    return talking.say_by_mail(
        uow,
        to=letter.to,
        customer_id=notice.customer_id,
        language=notice.language,
        subject=letter.words.subject,
        text=letter.words.text,
        key=letter.key,
        extra=extra,
    )


def speak(
    uow: UnitOfWork,
    notice: Notice,
    holds: RuleView,
    voice: Voice,
    to: To,
) -> MessageView:
    """Say it in a chat, by a short message, or to a mail address."""
    key = f"notice:{notice.key}"
    if isinstance(to, Mobile):
        return _text(uow, notice, holds, voice, to)
    if isinstance(to, str):
        note_date(uow, notice, MAIL)
        words = in_words(uow, notice, holds, voice, notice.language)
        return write(uow, notice, holds, voice, Letter(to, words, key, notice.order_id))
    note_date(uow, notice, to.channel)
    words = in_words(uow, notice, holds, voice, to.language)
    if holds.rule.in_chat:
        speech = Speech(to.language, uow.now, voice.zone)
        words = render(holds.rule.in_chat, notice.facts, speech)
    choices = [{"value": value, "label": label} for value, label in words.choices]
    return talking.say(
        uow,
        to.id,
        author_kind=AuthorKind.NOTICE,
        text=words.text,
        key=key,
        extra=({"choices": choices} if choices else {})
        | ({talking.OR_ELSE: True} if _next(uow, notice, holds, to.channel) else {}),
    )


def _text(
    uow: UnitOfWork, notice: Notice, holds: RuleView, voice: Voice, to: Mobile
) -> MessageView:
    """Say it in one short message, in the thread there is with that number."""
    note_date(uow, notice, SMS)
    speech = Speech(notice.language, uow.now, voice.zone)
    wording = holds.wording(notice.language)
    said = texts.short(notice.template, notice.facts, speech, wording=wording, site=voice.site)
    thread = talking.open_or_resume(uow, channel=SMS, key=to.number, language=notice.language)
    talking.set_language(uow, thread.id, notice.language)
    return talking.say(
        uow, thread.id, author_kind=AuthorKind.NOTICE, text=said, key=f"notice:{notice.key}"
    )


def _next(uow: UnitOfWork, notice: Notice, holds: RuleView, failed: str) -> To | None:
    """Where it would be said next if it cannot be said there."""
    if failed in PULLED:
        return None
    tried = _tried(notice, failed)
    there = ways.of(uow.session, notice.customer_id, uow.now)
    wanted = preferences.of(uow.session, notice.customer_id)
    allowed = wanted.ways(holds.rule.kind, there.open.difference(tried))
    way = ways.next_after(tried, allowed, turns.of(uow.session, notice.customer_id))
    return there.to(way) if way is not None else None


def _tried(notice: Notice, failed: str) -> tuple[str, ...]:
    """The ways by which a notice did not arrive, the last of them ``failed``."""
    return tuple(dict.fromkeys([*filter(None, notice.tried.split(",")), failed]))


def channel_of(to: To | None) -> str:
    if isinstance(to, Mobile):
        return SMS
    return to.channel if isinstance(to, ConversationView) else MAIL


def note_date(uow: UnitOfWork, notice: Notice, channel: str) -> None:
    """Keep the arrival that a notice tells, if it tells one."""
    facts = notice.facts
    start = facts.get("new_from") or facts.get("expected_from")
    until = facts.get("new_until") or facts.get("expected_until")
    if notice.order_id is None or not start or not until:
        return
    for parcel_id in facts.get("parcel_ids") or [facts.get("parcel_id")]:
        arrivals.told(
            uow,
            order_id=notice.order_id,
            parcel_id=parcel_id,
            window=Window(datetime.fromisoformat(start), datetime.fromisoformat(until)),
            channel=channel,
            reason=str(facts.get("cause", "")),
        )


def _last_told(uow: UnitOfWork, notice: Notice) -> datetime | None:
    return uow.session.scalar(
        select(Notice.at)
        .where(
            Notice.customer_id == notice.customer_id,
            Notice.template.in_(alike(BY_TEMPLATE[notice.template])),
            Notice.order_id == notice.order_id,
            Notice.state == NoticeState.SPOKEN,
            Notice.id != notice.id,
        )
        .order_by(Notice.at.desc())
        .limit(1)
    )
