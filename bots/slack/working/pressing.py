"""The one way in for presses and forms: who, whether they may, once, and what is answered.

What is done is done in one unit of work in the colleague's own name, by the services of the desk.
Slack is called when that has ended; a call that fails then takes nothing back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from slack_bolt import Ack, BoltContext

from bots.slack import lanes, once, people, values, workspaces
from bots.slack.app import seat_of
from bots.slack.blocks import typed
from bots.slack.blocks.texts import esc
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.sealing import CannotOpen
from bots.slack.seats import NotLinked
from bots.slack.values import MOST_OF_VIEW, Value
from bots.slack.working import refusing
from bots.slack.working.asked import DONE, Answer, Asked, Repeated, View
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

Deal = Callable[[Asked], Answer]
#: A permission, or what names it for what is asked.
Needs = str | Callable[[Asked], str]


@dataclass(frozen=True, kw_only=True)
class Matter:
    """One thing that can be asked for, and the permission of the desk's own route for it.

    ``press`` deals with a button, ``send`` with a form that was sent.
    """

    verb: str
    needs: Needs
    press: Deal | None = None
    send: Deal | None = None


def do(asked: Asked, act: Callable[[UnitOfWork, CaseView], Any]) -> Any:
    """Do it once, in one unit of work in the name of whoever asks; what ``act`` says.

    Raises:
        Repeated: it was done before, however often it is told.
        NotFound: there is no such case for them.
    """
    with asked.house.unit_of_work(asked.seat.actor) as uow:
        note(uow, asked)
        return act(uow, asked.case(uow.session))


def note(uow: UnitOfWork, asked: Asked) -> None:
    """Write down that it is dealt with, in the transaction that does so.

    Raises:
        Repeated: it was before.
    """
    what = f"case:{asked.verb}"
    if not once.first(uow, asked.key, asked.seat, what, channel=asked.channel, ts=asked.ts):
        raise Repeated


# What Slack tells


def on_press(house: Runtime, matters: Mapping[str, Matter]) -> Callable[..., None]:
    """What listens to buttons and menus."""

    def listen(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        asked = pressed(house, body, context)
        matter = matters.get(asked.verb) if asked is not None else None
        answer = DONE
        if asked is not None and matter is not None and matter.press is not None:
            answer = deal(asked, matter.needs, matter.press)
        ack()
        if asked is not None:
            _show(asked, answer)

    return listen


def answer(ack: Ack, asked: Asked, needs: Needs, how: Deal) -> None:
    """Deal with what was pressed elsewhere than at a case, in the same way."""
    said = deal(asked, needs, how)
    ack()
    _show(asked, said)


@dataclass(frozen=True)
class Message:
    """A message in Slack that somebody points at: its words and where it stands."""

    text: str
    channel: str
    ts: str


def on_shortcut(
    house: Runtime, code: str, needs: Needs, how: Callable[[Asked, Message], Answer]
) -> Callable[..., None]:
    """What listens to one entry of the menu of messages."""

    def listen(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        said = body.get("message") or {}
        where = body.get("channel") or {}
        channel, ts = str(where.get("id") or ""), str(said.get("ts") or "")
        asked = Asked(
            house=house,
            seat=seat_of(context),
            verb=code.removeprefix("case:"),
            value=Value(0, 0),
            key=f"shortcut:{context.team_id}:{body.get('trigger_id', '')}",
            channel=channel,
            ts=ts,
            trigger=str(body.get("trigger_id") or ""),
        )
        message = Message(str(said.get("text") or "")[:MOST_OF_VIEW], channel, ts)
        answer(ack, asked, needs, lambda asked: how(asked, message))

    return listen


def open_window(asked: Asked, view: View) -> None:
    """Open a window for whoever asked."""
    _call(asked, "views.open", {"view": placed(view, asked)})


def on_form(house: Runtime, matters: Mapping[str, Matter]) -> Callable[..., None]:
    """What listens to forms that were sent."""

    def listen(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        asked = sent(house, body, context)
        matter = matters.get(asked.verb) if asked is not None else None
        if asked is None or matter is None or matter.send is None:
            ack(response_action="clear")
            return
        answer = deal(asked, matter.needs, matter.send, again=matter.press)
        wrong = typed.errors(asked.view, answer.errors)
        if answer.errors and not wrong:  # a form without an entry to say it beside
            answer = refusing.notice(asked, esc(" ".join(answer.errors.values())))
        if wrong:
            ack(response_action="errors", errors=wrong)
        elif answer.view is not None:
            ack(response_action="update", view=placed(answer.view, asked))
        else:
            ack(response_action="clear")
        if answer.said:
            tell(asked, answer.said)

    return listen


def deal(asked: Asked, needs: Needs, how: Deal, *, again: Deal | None = None) -> Answer:
    """Deal with it, or say kindly why not; what is refused has changed nothing.

    ``again`` shows a form anew that was filled in over an older reading: what was typed stays.
    """
    try:
        asked.seat.colleague(needs if isinstance(needs, str) else needs(asked))
        return how(asked)
    except Repeated:
        return DONE
    except NotLinked:
        return refusing.notice(asked, _how_to_link(asked))
    except DomainError as error:
        return _refused(asked, error, again)


def _refused(asked: Asked, error: DomainError, again: Deal | None) -> Answer:
    is_invalid = isinstance(error, Invalid)
    wrong = refusing.fields(error) if asked.is_sent and isinstance(error, Invalid) else {}
    if wrong and typed.errors(asked.view, wrong):
        return Answer(errors=wrong)
    if not (is_invalid or isinstance(error, NotFound)):
        redraw(asked)
    if isinstance(error, Stale) and asked.is_sent and again is not None:
        return refusing.anew(asked, error, again)
    return refusing.refused(asked, error)


def redraw(asked: Asked) -> None:
    """Have the card drawn as things stand, as what was pressed on it was old."""
    with asked.house.unit_of_work(SYSTEM) as uow:
        lanes.redraw(uow, asked.value.case_id)


def _how_to_link(asked: Asked) -> str:
    """Who they are is not known: the address by which they say so, for them alone."""
    seat = asked.seat
    if seat.workspace is None:
        return refusing.not_linked("")
    person = seat.person
    if person is None:
        with asked.house.unit_of_work(SYSTEM) as uow:
            person = people.seen(uow, seat.workspace.id, seat.user)
    return refusing.not_linked(people.LinkAddresses.of(asked.house).address(person.id))


# Calls to Slack; nothing is taken back when one fails


def tell(asked: Asked, said: str) -> None:
    """Say something to whoever asked alone, where they pressed."""
    if not asked.channel:
        if asked.trigger:
            _call(asked, "views.open", {"view": refusing.window(said)})
        return
    where = {"channel": asked.channel, "user": asked.seat.user}
    if asked.thread:
        where["thread_ts"] = asked.thread
    _call(asked, "chat.postEphemeral", {**where, "text": said})


def _show(asked: Asked, answer: Answer) -> None:
    if answer.view is not None:
        view = placed(answer.view, asked)
        if answer.in_place and asked.view:
            _call(asked, "views.update", {"view_id": asked.view.get("id"), "view": view})
        elif asked.view and asked.view.get("type") == "modal":
            _call(asked, "views.push", {"view": view})
        else:
            _call(asked, "views.open", {"view": view})
    if answer.said:
        tell(asked, answer.said)


def _call(asked: Asked, method: str, arguments: Mapping[str, Any]) -> None:
    """Call Slack for whoever asked; a call that fails is written down, and no more."""
    if asked.seat.workspace is None:
        return
    more = {"trigger_id": asked.trigger} if method in {"views.open", "views.push"} else {}
    try:
        slack = workspaces.slack_of(asked.house, asked.seat.workspace.id)
        slack.call(method, {**arguments, **more})
    except (Busy, Refused, Unanswered, CannotOpen, NotFound) as error:
        log.warning("slack.not_shown", method=method, verb=asked.verb, cause=str(error))


# Reading what Slack tells

_AT: Final = "at"
_IN: Final = "in"


def placed(view: View, asked: Asked) -> View:
    """The same window, which remembers where it was opened."""
    if not asked.channel or not view.get("private_metadata"):
        return view
    known = values.decode(view["private_metadata"])
    here = {_AT: asked.channel, **({_IN: asked.thread} if asked.thread else {})}
    memory = values.memory(known.case_id, known.version, {**known.more, **here})
    return {**view, "private_metadata": memory} if len(memory) <= MOST_OF_VIEW else view


def pressed(house: Runtime, body: Mapping[str, Any], context: BoltContext) -> Asked | None:
    """What a press asks for; None where it is no press of ours."""
    action = next(iter(body.get("actions") or ()), None)
    if not isinstance(action, Mapping):
        return None
    option = action.get("selected_option")
    carried = option.get("value") if isinstance(option, Mapping) else action.get("value")
    shown = body.get("view")
    view: Mapping[str, Any] = shown if isinstance(shown, Mapping) else {}
    memory = _memory(view)
    name = str(action.get("action_id", ""))
    value = _value(carried) if name.startswith("case:") else memory
    if value is None:
        return None
    verb = name.removeprefix("case:")
    if verb == "more":
        verb = value.word("do")
    container = body.get("container") or {}
    channel, thread = _place(memory)
    return Asked(
        house=house,
        seat=seat_of(context),
        verb=verb,
        value=value,
        key=f"press:{context.team_id}:{context.user_id}:{action.get('action_ts', '')}:{name}",
        channel=str(container.get("channel_id") or channel),
        ts=str(container.get("message_ts") or ""),
        thread=str(container.get("thread_ts") or thread),
        trigger=str(body.get("trigger_id") or ""),
        view=view,
        typed=typed.read(view),
    )


def sent(house: Runtime, body: Mapping[str, Any], context: BoltContext) -> Asked | None:
    """What a form that was sent asks for; None where it is no form of ours."""
    view = body.get("view")
    value = _memory(view) if isinstance(view, Mapping) else None
    if not isinstance(view, Mapping) or value is None:
        return None
    channel, thread = _place(value)
    return Asked(
        house=house,
        seat=seat_of(context),
        verb=str(view.get("callback_id", "")).removeprefix("case:"),
        value=value,
        key=f"sent:{context.team_id}:{view.get('id', '')}:{view.get('hash', '')}",
        channel=channel,
        thread=thread,
        trigger=str(body.get("trigger_id") or ""),
        view=view,
        typed=typed.read(view),
        is_sent=True,
    )


def _place(memory: Value | None) -> tuple[str, str]:
    return (memory.word(_AT), memory.word(_IN)) if memory is not None else ("", "")


def _memory(view: Mapping[str, Any] | None) -> Value | None:
    return _value(view.get("private_metadata")) if view else None


def _value(carried: object) -> Value | None:
    try:
        return values.decode(carried) if isinstance(carried, str) and carried else None
    except Invalid:
        return None
