"""What a customer had begun on another channel or in another browser, once they are known here."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from bots.dialogue import engine, replies
from bots.dialogue.flows.form import FormFlow
from bots.dialogue.turns import Data, Dialogue, Frame, Result, Say, Turn, UnreadableDialogue
from bots.dialogue.turns import decode as read_dialogue
from bots.dialogue.turns import encode as write_dialogue
from bots.skills.context import Context, Skill, known_customer
from bots.wording import SpokenFormats
from oms_service.conversations import queries
from oms_service.conversations import service as conversations
from oms_service.conversations.channels import PULLED
from oms_service.conversations.states import AuthorKind, Owner
from oms_service.conversations.views import ConversationView

#: What was left longer ago is no longer what somebody is about.
_FRESH: Final = timedelta(hours=24)
#: As often others may have been faster.
_TRIES: Final = 3
#: What goes along: the wish and what was said of it. What the shop said is looked up anew.
_CARRIED: Final = ("intent", "order_key", "slots", "said")


def offered(context: Context, before: Dialogue, turn: Turn) -> Turn:
    """The turn with the offer to go on, where nothing else is asked; looked for once.

    Only for somebody who has shown in this conversation who they are.
    """
    state = turn.state
    is_idle = not (state.frames or state.question or state.is_muted or turn.call)
    if state.is_caught_up or not (is_idle and state.is_identified and context.customer_id):
        return turn
    caught_up = Turn(engine.caught_up(state), turn.says)
    found = _left_open(context, context.customer_id)
    if found is None or any(one.flow == found[1].flow for one in before.frames):
        return caught_up
    conversation, frame = found
    return engine.offer_to_resume(caught_up, _told(conversation, frame))


def take_over(context: Context, given: Data, customer_id: int) -> Result:  # noqa: ARG001 - skills are called alike
    """End it where it was begun, and answer what is needed to go on here."""
    held = _held(context, customer_id)
    if held is None:
        return Result("take_over", "none")
    there, frame = held
    state = read_dialogue(there.dialogue)
    conversations.remember(context.uow, there.id, write_dialogue(engine.given_away(state)))
    if there.channel in PULLED:
        zone = context.runtime.settings.zone
        went = Say("resuming.went_on", {"channel": context.conversation.channel})
        conversations.say(
            context.uow,
            there.id,
            author_kind=AuthorKind.BOT,
            text=replies.render(went, there.language, SpokenFormats(context.uow.now, zone)),
            key=f"resumed:{context.message_id}",
        )
    data = {name: frame.data[name] for name in _CARRIED if name in frame.data}
    return Result("take_over", "ok", {**_told(there, frame), "flow": frame.flow, "data": data})


def _held(context: Context, customer_id: int) -> tuple[ConversationView, Frame] | None:
    """What is left open, held; what somebody took meanwhile is looked for anew."""
    for _ in range(_TRIES):
        found = _left_open(context, customer_id)
        if found is None:
            return None
        there = conversations.lock(context.uow, found[0].id)
        frame = _open_form(there, customer_id)
        if frame is not None:
            return there, frame
    return None


def _left_open(context: Context, customer_id: int) -> tuple[ConversationView, Frame] | None:
    """The newest other conversation of theirs in which the bot waits for an answer to a form."""
    since = context.uow.now - _FRESH
    others = queries.others_of_customer(
        context.uow.session, customer_id, but=context.conversation.id, since=since
    )
    for one in others:
        frame = _open_form(one, customer_id)
        if frame is not None:
            return one, frame
    return None


def _open_form(conversation: ConversationView, customer_id: int) -> Frame | None:
    if conversation.customer_id != customer_id or conversation.owner is Owner.PEOPLE:
        return None
    try:
        state = read_dialogue(conversation.dialogue)
    except UnreadableDialogue:
        return None
    forms = [one for one in state.frames if isinstance(engine.FLOWS.get(one.flow), FormFlow)]
    return forms[-1] if forms and state.question is not None else None


def _told(conversation: ConversationView, frame: Frame) -> dict[str, Any]:
    number = frame.data.get("facts", {}).get("number", "")
    topic = str(frame.data.get("intent", "unknown"))
    return {"channel": conversation.channel, "topic": topic, "number": str(number)}


SKILLS: Final[Mapping[str, Skill]] = {"take_over": known_customer(take_over)}
