"""``/case``: mine, next, new, find, a number, away and back; anything else is looked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from slack_bolt import Ack, App, BoltContext

from bots.slack import finding, seeing
from bots.slack.app import seat_of
from bots.slack.asking import opening
from bots.slack.blocks import card as cards
from bots.slack.blocks import orders as looks
from bots.slack.blocks import results
from bots.slack.blocks.fitting import Message
from bots.slack.blocks.orders import Looked
from bots.slack.blocks.results import MOST, Found
from bots.slack.blocks.texts import esc
from bots.slack.install.manifest import COMMAND
from bots.slack.values import Value
from bots.slack.working import pressing, taking
from bots.slack.working.asked import DONE, Answer, Asked
from cases.desk import page as pages
from cases.finding import queries as lists
from cases.finding.filters import GIVEN, View, Wanted
from cases.finding.states import Sort
from cases.routing import agents
from cases.routing.states import Presence
from oms_service.kernel.text import folded
from oms_service.runtime import Runtime
from oms_service.web.texts import gettext

#: By what people write: what they mean.
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "mine": ("mine", "my", "自分", "私", "担当"),
    "next": ("next", "次", "次へ", "次の受付"),
    "new": ("new", "create", "新規", "新しい", "作成"),
    "find": ("find", "search", "検索", "探す"),
    "away": ("away", "離席", "休憩"),
    "back": ("back", "present", "here", "戻り", "戻りました", "在席"),
    "help": ("help", "?", "ヘルプ", "使い方"),
}
_MEANT: Final = {folded(word): meant for meant, words in WORDS.items() for word in words}


@dataclass(frozen=True)
class Said:
    """What is answered to the command, for whoever gave it alone."""

    text: str
    blocks: list[dict[str, Any]] | None = None

    @classmethod
    def of(cls, message: Message) -> "Said":
        return cls(message.text, list(message.blocks))


def attach(app: App, house: Runtime) -> None:
    """Listen to the command."""

    @app.command(COMMAND)
    def hear(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        words = " ".join(str(body.get("text") or "").split())
        first, _space, rest = words.partition(" ")
        meant = _MEANT.get(folded(first), "")
        asked = Asked(
            house=house,
            seat=seat_of(context),
            verb=meant or "find",
            value=Value(0, 0),
            key=f"command:{context.team_id}:{body.get('trigger_id', '')}",
            channel=str(body.get("channel_id") or ""),
            trigger=str(body.get("trigger_id") or ""),
        )
        said: list[Said] = []

        def deal(asked: Asked) -> Answer:
            answered = _DEALS[meant](asked, rest) if meant else look(asked, words)
            if isinstance(answered, Answer):
                return answered
            said.append(answered)
            return DONE

        answer = pressing.deal(asked, _NEEDS.get(meant, "cases:read"), deal)
        told = said[0] if said else Said(answer.said)
        if told.text:
            ack(response_type="ephemeral", text=told.text, blocks=told.blocks)
        else:
            ack()
        if answer.view is not None:
            pressing.open_window(asked, answer.view)


Dealing = Callable[[Asked, str], Said | Answer]


def _mine(asked: Asked, _rest: str) -> Said:
    with asked.house.database.looking() as session:
        voice = finding.voice(asked.house, session, asked.me)
        found = lists.page(
            session,
            Wanted(GIVEN[View.MINE].filters, sort=Sort.DUE),
            finding.viewer(asked.me),
            now=asked.house.clock.now(),
            zone=asked.house.settings.zone,
            limit=MOST,
        )
        if not found.page.items:
            return Said(_("Nothing waits for you"))
        title = Found(searched=_("My cases"), cases=found.page.items)
        now = asked.house.clock.now()
        return Said.of(results.message(title, finding.names(session), voice, now=now))


def _next(asked: Asked, _rest: str) -> Answer:
    return taking.take_next(asked)


def _new(asked: Asked, rest: str) -> Answer:
    return opening.form(asked, order=rest[:40])


def _find(asked: Asked, rest: str) -> Said:
    if not rest:
        return _help(asked, "")
    with asked.house.database.looking() as session:
        found = finding.find(asked.house, session, asked.me, rest)
        voice = finding.voice(asked.house, session, asked.me)
        now = asked.house.clock.now()
        return Said.of(results.message(found, finding.names(session), voice, now=now))


def _away(asked: Asked, _rest: str) -> Said:
    _presence(asked, Presence.AWAY)
    return Said(_("You are away: you are given no cases. Come back with %(command)s back.") % _SAYS)


def _back(asked: Asked, _rest: str) -> Said:
    _presence(asked, Presence.PRESENT)
    return Said(_("Welcome back. You are given cases again."))


def _presence(asked: Asked, presence: Presence) -> None:
    with asked.house.unit_of_work(asked.seat.actor) as uow:
        pressing.note(uow, asked)
        agents.set_presence(uow, asked.me.id, presence)


def _help(_asked: Asked, _rest: str) -> Said:
    lines = [
        (_("mine"), _("my cases, what is due next first")),
        (_("next"), _("take the most pressing case that waits")),
        (_("new"), _("open a case, about an order if its number follows")),
        (_("find …"), _("cases and orders by number, name or words")),
        ("C-1001", _("that case")),
        ("A-100001", _("that order")),
        (_("away"), _("be given no cases; “back” ends it")),
    ]
    told = "\n".join(f"`{COMMAND} {esc(word)}`  {esc(meaning)}" for word, meaning in lines)
    block = {"type": "section", "text": {"type": "mrkdwn", "text": told}}
    return Said(_("What %(command)s can do") % _SAYS, [block])


def look(asked: Asked, words: str) -> Said:
    """A case or an order by its number; else what fits the words; nothing said asks for help."""
    if not words:
        return _help(asked, "")
    me = asked.me
    with asked.house.database.looking() as session:
        voice = finding.voice(asked.house, session, me)
        case = finding.case_of(session, me, words)
        if case is not None:
            seen = seeing.read(asked.house, session, case.id)
            return Said.of(cards.card(seen.page, seen.beside, voice))
        order = finding.order_of(session, me, words)
        if order is not None:
            panel = pages.panel_of(asked.house, session, order.id)
            url = f"{asked.house.settings.public_url.rstrip('/')}/console/orders/{order.number}"
            return Said.of(looks.message(Looked(panel=panel, customer=None, desk_url=url), voice))
    return _find(asked, words)


_SAYS: Final = {"command": COMMAND}
_DEALS: Final[Mapping[str, Dealing]] = {
    "mine": _mine,
    "next": _next,
    "new": _new,
    "find": _find,
    "away": _away,
    "back": _back,
    "help": _help,
}
#: What each needs; looking needs to read.
_NEEDS: Final[Mapping[str, str]] = {
    "next": "cases:work",
    "new": "cases:work",
    "away": "cases:work",
    "back": "cases:work",
}


def _(text: str) -> str:
    return str(gettext(text))
