"""Talks on the desk: the list, the replay of one, and how many the chat settled itself."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from bots.proposing import queries as proposing
from bots.proposing.queries import Proposed
from bots.proposing.states import ProposalState
from bots.talks import asking, figures, queries, sheets, words
from bots.talks.asking import FILTERS, KNOWN, Wanted
from bots.talks.figures import TIMES, By, Line
from bots.talks.states import TalkOutcome, Why
from bots.talks.views import TalkView, TurnView
from bots.understanding.masking import PLACEHOLDERS, masked
from bots.understanding.slots.sheet import What
from cases import queries as cases
from cases.reports import charts
from cases.reports import figures as measured
from oms_service.access import personal
from oms_service.access import queries as access
from oms_service.access.guard import guard
from oms_service.console.sheets import streamed
from oms_service.conversations import queries as conversations
from oms_service.conversations import talks
from oms_service.conversations.states import AuthorKind
from oms_service.conversations.views import MessageView
from oms_service.customers import queries as customers
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.web.charts import Chart, Unit
from oms_service.web.languages import OWN_NAMES
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "talks", __name__, url_prefix="/desk/conversations", template_folder="templates"
)
PAGE: Final = 50
#: From so many days on the chart goes by weeks.
_LONG_DAYS: Final = 35
#: Rows of a split on a page; the file has all.
MOST: Final = 60
_DIGITS: Final = 15
#: The greatest place that a message may have.
_LAST_SEQ: Final = 2**31 - 1
#: Whoever looks for a person looks elsewhere: here are words.
_OF_PEOPLE: Final = re.compile(
    "|".join(
        re.escape(PLACEHOLDERS[one])
        for one in (
            What.ORDER, What.MAIL, What.PHONE, What.POSTAL, What.CODE, What.NAME, What.ADDRESS,
            What.CARD,
        )
    )
)  # fmt: skip


def _(text: str) -> str:
    return str(gettext(text))


@dataclass(frozen=True)
class Said:
    """One message of a replay, with what the bot heard and did where it was the customer's."""

    message: MessageView
    who: str
    turn: TurnView | None
    proposed: tuple[Proposed, ...]
    decided: tuple[Proposed, ...]


@blueprint.get("")
@guard("chats:read")
def overview() -> ResponseReturnValue:
    """The talks of the days and filters in the address; of the last four weeks without any."""
    house = runtime()
    now = house.clock.now()
    wanted, wrong = asking.read(request.args, now=now, zone=house.settings.zone)
    is_about_people = bool(wanted.words) and _OF_PEOPLE.search(masked(wanted.words)) is not None
    if is_about_people or not personal.may_see():
        wanted = replace(wanted, words="")
    with house.database.reading() as connection:
        try:
            page = queries.several(
                connection, wanted, now=now, cursor=request.args.get("cursor", ""), limit=PAGE
            )
        except Invalid:
            return redirect(_at("talks.overview", _said()))
        found = page.items if not is_about_people else ()
        people = customers.those(connection, {one.customer_id for one in found if one.customer_id})
        first = talks.words_at(connection, [(one.conversation_id, one.first_seq) for one in found])
        numbers = cases.numbers_of_conversations(
            connection, {one.conversation_id for one in found if one.why is not None}
        )
        is_empty = not found and not queries.has_any(connection)
    following = _at("talks.overview", {**_said(), "cursor": page.next_cursor or ""})
    return render_template(
        "talks/overview.html",
        area="desk",
        talks=found,
        people=people,
        first=first,
        numbers=numbers,
        wanted=wanted,
        wrong=wrong,
        is_empty=is_empty,
        is_about_people=is_about_people,
        search=request.args.get("q", "")[: asking.LONGEST_WORDS],
        next_url=following if page.next_cursor and not is_about_people else None,
        first_url=_at("talks.overview", _said()) if request.args.get("cursor") else None,
        said=_said(),
        fields=_fields(),
        is_narrowed=wanted.is_narrowed,
        tabs=_tabs("talks.overview"),
        **_words(),
    )


@blueprint.get("/<int:talk_id>")
@guard("chats:read")
def one(talk_id: int) -> str:
    """What was said in one talk, what the bot heard, and what it did about it."""
    house = runtime()
    now = house.clock.now()
    after = _number(request.args.get("after", ""))
    with house.database.reading() as connection:
        talk = queries.one(connection, talk_id if talk_id < 10**_DIGITS else 0, now=now)
        until = queries.until_seq(connection, talk)
        start = max(talk.first_seq - 1, min(after, _LAST_SEQ))
        messages = conversations.since(connection, talk.conversation_id, start)
        is_longer = len(messages) == conversations.MOST
        shown = [one for one in messages if until is None or one.seq < until]
        said = _replayed(connection, talk, shown)
        case = cases.latest_of_conversation(connection, talk.conversation_id)
        order_ids = {one.order_id for line in said for one in line.proposed if one.order_id}
        order_ids |= {case.order_id} if case is not None and case.order_id else set()
        numbers = orders.numbers_of(connection, order_ids)
        person = customers.find(connection, talk.customer_id) if talk.customer_id else None
        before, following = queries.beside(connection, talk)
    return render_template(
        "talks/one.html",
        area="desk",
        talk=talk,
        said=said,
        case=case,
        orders=sorted(numbers.values()),
        person=person,
        before=before,
        following=following,
        starts_late=start >= talk.first_seq,
        next_after=shown[-1].seq if is_longer and len(shown) == len(messages) else None,
        state_of=lambda one: _state_of(one, now),
        heard=_heard,
        **_words(),
    )


@blueprint.get("/figures")
@guard("reports:read")
def contained() -> str:
    """How many talks the chat settled itself, why others went to people, and where it is so."""
    house = runtime()
    now, zone = house.clock.now(), house.settings.zone
    by = _by()
    wanted, wrong = asking.read(_without_words(), now=now, zone=zone)
    with house.database.reading() as connection:
        (whole,) = figures.report(connection, wanted, now=now)
        (before,) = figures.report(connection, wanted.before(), now=now)
        pace = _pace(wanted)
        course = figures.report(connection, wanted, now=now, by=pace)
        split = course if by is pace else figures.report(connection, wanted, now=now, by=by)
        is_empty = not whole.talks and not queries.has_any(connection)
    return render_template(
        "talks/figures.html",
        area="desk",
        wanted=wanted,
        wrong=wrong,
        whole=whole,
        before=before,
        whys=sorted(whole.why.items(), key=lambda one: -one[1]),
        is_empty=is_empty,
        chart=_chart(course, wanted, pace),
        course_url=_at("talks.file", {**_said(), "by": str(pace)}),
        split=split[:MOST],
        left_out=max(0, len(split) - MOST),
        by=by,
        times=TIMES,
        day_of=date.fromisoformat,
        called=namer(by),
        bys=[_tab(one, by) for one in _BYS],
        heads=_HEADS,
        said=_said(),
        fields=_fields(),
        is_narrowed=wanted.is_narrowed,
        csv_url=_at("talks.file", {**_said(), "by": str(by)}),
        tabs=_tabs("talks.contained"),
        **_words(),
    )


@blueprint.get("/figures.csv")
@guard("reports:read")
def file() -> Response:
    """The split as a file, with every line."""
    house = runtime()
    now = house.clock.now()
    by = _by()
    wanted, _wrong = asking.read(_without_words(), now=now, zone=house.settings.zone)
    with house.database.reading() as connection:
        found = figures.report(connection, wanted, now=now, by=by)
    days = f"{wanted.period.first}-{wanted.period.last}"
    return streamed(f"conversations-{days}-{by}", sheets.rows(found, str(by), namer(by)))


def namer(by: By) -> Callable[[str], str]:
    """How keys of a split are called; what nobody knows stays as it is."""
    known: Mapping[str, str] = {
        By.CHANNEL: words.CHANNELS,
        By.LANGUAGE: {str(one): OWN_NAMES[one] for one in Language},
        By.INTENT: words.WISHES,
    }.get(by, {})
    return lambda key: _(known[key]) if key in known else key


# Inside

_BYS: Final[Mapping[By, str]] = {
    By.INTENT: N_("By wish"),
    By.CHANNEL: N_("By channel"),
    By.LANGUAGE: N_("By language"),
    By.DAY: N_("By day"),
    By.WEEK: N_("By week"),
}
_HEADS: Final[Mapping[By, str]] = {
    By.INTENT: N_("Wish"),
    By.CHANNEL: N_("Channel"),
    By.LANGUAGE: N_("Language"),
    By.DAY: N_("Day"),
    By.WEEK: N_("Week of"),
}


def _replayed(reader: Connection, talk: TalkView, messages: Sequence[MessageView]) -> list[Said]:
    turns = queries.turns(reader, talk.id)
    proposed = proposing.of_conversation(reader, talk.conversation_id)
    names = access.staff_names(reader)
    return [
        Said(
            message,
            _who(message, names),
            turns.get(message.id),
            tuple(one for one in proposed if one.made_in_id == message.id),
            tuple(
                one
                for one in proposed
                if one.decided_in_id == message.id and one.made_in_id != message.id
            ),
        )
        for message in messages
    ]


def _who(message: MessageView, names: Mapping[int, str]) -> str:
    kind, _colon, key = message.author.partition(":")
    if message.author_kind is AuthorKind.AGENT and kind == "staff" and key.isdecimal():
        return names.get(int(key), _("Colleague"))
    return _(_AUTHORS[message.author_kind])


_AUTHORS: Final = {
    AuthorKind.CUSTOMER: N_("Customer"),
    AuthorKind.BOT: N_("Chat"),
    AuthorKind.AGENT: N_("Colleague"),
    AuthorKind.NOTICE: N_("Notice"),
}


def _state_of(proposed: Proposed, now: datetime) -> str:
    is_over = proposed.state is ProposalState.OPEN and proposed.expires_at <= now
    return words.PROPOSALS["expired" if is_over else str(proposed.state)]


def _heard(turn: TurnView) -> str | None:
    """What was heard as a wish or an act, as a msgid."""
    if turn.intent is not None:
        return words.WISHES.get(turn.intent, turn.intent)
    return words.ACTS.get(turn.act) if turn.act else None


def _chart(course: Sequence[Line], wanted: Wanted, pace: By) -> Chart | None:
    share = measured.Figure.CONTAINMENT
    told = [
        measured.Line(one.key, {share: measured.Share(one.contained, one.over)})
        for one in course
        if one.over
    ]
    return charts.chart(
        "share",
        _("Settled by the chat"),
        told,
        _days(wanted, pace),
        {share: _("Settled by the chat")},
        pace=measured.By(pace),
        unit=Unit.SHARE,
    )


def _days(wanted: Wanted, pace: By) -> list[date]:
    step = timedelta(days=7 if pace is By.WEEK else 1)
    day = wanted.period.first
    if pace is By.WEEK:
        day -= timedelta(days=day.weekday())
    found = []
    while day <= wanted.period.last:
        found.append(day)
        day += step
    return found


def _pace(wanted: Wanted) -> By:
    days = (wanted.period.last - wanted.period.first).days + 1
    return By.WEEK if days > _LONG_DAYS else By.DAY


def _by() -> By:
    said = request.args.get("by", "")
    return By(said) if said in set(By) else By.INTENT


def _without_words() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name != "q"}


def _said() -> dict[str, str]:
    """What the address says of days and filters."""
    names = ("from", "to", "q", *FILTERS)
    return {one: request.args[one] for one in names if request.args.get(one)}


def _at(endpoint: str, query: Mapping[str, str]) -> str:
    return f"{url_for(endpoint)}?{urlencode(query)}" if query else url_for(endpoint)


def _tabs(endpoint: str) -> list[dict[str, Any]]:
    query = {name: value for name, value in _said().items() if name != "q"}
    return [
        {"label": _(label), "url": _at(one, query), "is_current": one == endpoint}
        for one, label in (
            ("talks.overview", N_("Conversations")),
            ("talks.contained", N_("How the chat does")),
        )
    ]


def _tab(one: By, by: By) -> dict[str, Any]:
    return {
        "label": _(_BYS[one]),
        "url": f"{_at('talks.contained', {**_said(), 'by': str(one)})}#split",
        "is_current": one is by,
    }


def _fields() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters: name, label and options of each."""
    options: Mapping[str, tuple[str, Mapping[str, str]]] = {
        "channel": (_("Channel"), words.CHANNELS),
        "language": (_("Language"), {str(one): OWN_NAMES[one] for one in Language}),
        "intent": (_("Wish"), words.WISHES),
        "outcome": (_("How it ended"), {str(one): said for one, said in words.OUTCOMES.items()}),
        "customer": (
            _("Customer"),
            dict(zip(KNOWN, (N_("Known"), N_("Unknown visitor")), strict=True)),
        ),
    }
    return [
        (name, label, [("", _("All")), *((one, _(said)) for one, said in known.items())])
        for name, (label, known) in options.items()
    ]


def _words() -> dict[str, Any]:
    return {"terms": words, "TalkOutcome": TalkOutcome, "Why": Why}


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else 0
