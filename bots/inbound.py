"""A customer's message, from its words to the bot's answer: one unit of work, and never silence.

The words are understood before the transaction. In it the message is stored (a repeat ends here
and gets the answer it got), the dialogue takes its steps, calling skills as it goes, and the
answer becomes a row. Messages of one conversation wait for each other at its row. When any of
this breaks, all of it is undone, and a second transaction keeps the message and hands over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bots import cards, choices
from bots.cards import OrderCard
from bots.dialogue import engine, moves, replies
from bots.dialogue.calls import check_call, check_result
from bots.dialogue.flows import transcript
from bots.dialogue.turns import Button, Dialogue, Result, Say, Turn, UnreadableDialogue
from bots.dialogue.turns import decode as read_dialogue
from bots.dialogue.turns import encode as write_dialogue
from bots.learning import memory
from bots.learning.observing import observe
from bots.skills import people, resuming
from bots.skills.context import Context, Skill
from bots.skills.table import SKILLS
from bots.talks import service as talks
from bots.talks.noting import Noted
from bots.understanding.hear import hear, press
from bots.understanding.heard import Heard, Kind
from bots.understanding.model import Recogniser
from bots.wording import SpokenFormats
from oms_service.conversations import attachments_queries, queries, service
from oms_service.conversations.attachments import Enclosed, TooManyFiles
from oms_service.conversations.states import AuthorKind, Direction, Owner
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.infra.db import is_in_the_way
from oms_service.infra.fallout import cause_of
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded
from oms_service.runtime import Runtime

if TYPE_CHECKING:
    from bots.modelling.advising import Adviser

log = structlog.get_logger(__name__)

#: Far enough back for a button that is still on the screen.
_BUTTONS_KEPT: Final = 40
#: How often one message is taken up when others hold what it needs.
_TRIES: Final = 3
#: The customer's own message and what they answer to.
_LAST: Final = 2
#: Longer than anything that stands on a button.
_LONGEST_LABEL: Final = 300
#: Here a number is an answer in itself, and picks no button.
_NUMBERS_ARE_ANSWERS: Final = frozenset({Kind.QUANTITY, Kind.CODE, Kind.ADDRESS, Kind.TEXT})
_STANDING: Final = {
    button.value: button
    for button in (moves.HUMAN, moves.TRACK, moves.RETURN, moves.ORDERS, transcript.BY_MAIL)
}


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What came: words, or the ``choice`` of a button. ``key`` is its id at its source.

    ``source`` tells senders apart for limits, such as their network address. ``files`` are those
    that were uploaded for this conversation before. ``unread`` is a code of what cannot be read
    here: ``sticker``, ``other``, ``file``.
    """

    key: str
    text: str = ""
    choice: str | None = None
    source: str = ""
    files: tuple[str, ...] = ()
    unread: str = ""

    @property
    def is_files_alone(self) -> bool:
        return bool(self.files) and not self.text and self.choice is None


@dataclass(frozen=True)
class Answer:
    """The message as stored, and what the bot said to it: nothing while people answer."""

    message: MessageView
    replies: tuple[MessageView, ...]
    is_repeat: bool = False


def open_chat(runtime: Runtime, *, channel: str, key: str, language: Language) -> ConversationView:
    """The open conversation of this key; a new one begins with the bot's greeting."""
    with runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
        conversation = service.open_or_resume(uow, channel=channel, key=key, language=language)
        if conversation.is_new:
            turn = engine.opening(language)
            _say(runtime, uow, conversation.id, turn, turn.says, key="opening")
            service.remember(uow, conversation.id, write_dialogue(turn.state))
    return conversation


def recognise(
    runtime: Runtime,
    conversation_id: int,
    customer_id: int,
    *,
    key: str | None = None,
    still: Callable[[UnitOfWork], bool] | None = None,
) -> None:
    """The customer is signed in: the conversation is theirs, and nobody asks for a proof.

    ``key`` opens it from now on in place of the one that anybody may have seen until then.
    ``still`` looks once more, with the conversation held, whether it is so; else nothing is done.

    Raises:
        SomebodyElses: the conversation is another customer's.
    """
    with runtime.unit_of_work(Actor(ActorKind.CUSTOMER, str(customer_id))) as uow:
        state = _state(service.lock(uow, conversation_id))
        if still is not None and not still(uow):
            return
        service.identify(uow, conversation_id, customer_id)
        if key is not None:
            service.rekey(uow, conversation_id, key)
        service.remember(uow, conversation_id, write_dialogue(engine.recognised(state)))


def leave_chat(runtime: Runtime, conversation_id: int) -> None:
    """The customer ends the conversation: whoever sits down here next begins a new one."""
    with runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
        service.leave(uow, conversation_id)


def change_language(runtime: Runtime, conversation_id: int, language: Language) -> None:
    """The customer switched the page: the bot goes on in that language."""
    with runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
        state = replace(_state(service.lock(uow, conversation_id)), language=language)
        service.remember(uow, conversation_id, write_dialogue(state))
        service.set_language(uow, conversation_id, language)


def greeting(runtime: Runtime, language: Language) -> replies.Message:
    """What the bot says first, for a page that nobody has written on yet."""
    turn = engine.opening(language)
    return replies.compose(turn.says, language, _formats(runtime))


def standing_label(value: str, language: Language, runtime: Runtime) -> str:
    """What a button that is always there says."""
    return replies.label(_STANDING[value], language, _formats(runtime))


def receive(
    runtime: Runtime,
    conversation_id: int,
    incoming: Incoming,
    *,
    skills_by_name: Mapping[str, Skill] = SKILLS,
) -> Answer:
    """Take one message in and answer it.

    Raises:
        NotFound: no such conversation.
        Invalid: a button that was never shown here, or a file that was not uploaded here.
        TooManyFiles: there are more than one message or conversation may have.
    """
    with runtime.database.reading() as connection:
        conversation = queries.by_id(connection, conversation_id)
        if conversation is None:
            raise NotFound("no such conversation")
        state = _state(conversation)
        if incoming.choice is not None:
            seen = queries.thread(connection, conversation_id, limit=_BUTTONS_KEPT)
            incoming = replace(incoming, text=_label(runtime, seen, incoming.choice, state))
        shown = _shown(connection, conversation_id)
        recogniser = memory.recogniser(connection)
        _assert_uploaded(connection, conversation_id, incoming)
        adviser = _adviser(runtime, connection, conversation, incoming)
    heard = _hear(incoming, state, _today(runtime), shown, recogniser)
    if adviser is not None:
        heard = adviser.heard(state, heard, _today(runtime))
    writer = _writer(conversation)
    turning = _Turning(runtime, conversation_id, writer, incoming, skills_by_name, adviser)
    try:
        return _in_best_words(turning, state, heard)
    except TooManyFiles:
        raise
    except Exception as error:  # noqa: BLE001 - whatever broke, the customer gets a person
        # The cause without the message: what broke may quote what the customer wrote.
        log.error("chat.broke", conversation_id=conversation_id, cause=cause_of(error))  # noqa: TRY400
        return _patiently(turning.apology)


def pass_on(runtime: Runtime, conversation_id: int, incoming: Incoming) -> Answer:
    """Keep a message that cannot be understood at all just now, and let people answer it.

    Raises:
        NotFound: no such conversation.
    """
    with runtime.database.reading() as connection:
        conversation = queries.by_id(connection, conversation_id)
    if conversation is None:
        raise NotFound("no such conversation")
    turning = _Turning(runtime, conversation_id, _writer(conversation), incoming, SKILLS)
    return _patiently(turning.apology)


def _patiently(take: Callable[[], Answer]) -> Answer:
    """Again from the start when others were in the way: that is no reason to call a person."""
    for _ in range(_TRIES - 1):
        try:
            return take()
        except DBAPIError as error:
            if not is_in_the_way(error):
                raise
    return take()


def _in_best_words(turning: "_Turning", state: Dialogue, heard: Heard) -> Answer:
    """The answer; where a model may rephrase it, it is composed, undone, and composed again.

    No transaction is open while the model is asked, and its words are taken only if what there is
    to say is still the same.
    """
    try:
        return _patiently(lambda: turning.answer(state, heard))
    except _Rehearsed as rehearsed:
        wording = rehearsed.wording
    worded = replace(turning, wording=wording.asked(turning.adviser))
    return _patiently(lambda: worded.answer(state, heard))


@dataclass(frozen=True)
class _Wording:
    """A reply with its values held back, and the words that were found for it, if any."""

    template: str
    values: tuple[str, ...]
    language: Language
    found: str | None = None

    def asked(self, adviser: "Adviser | None") -> "_Wording":
        if adviser is None:
            return self
        return replace(self, found=adviser.wording(self.template, self.values, self.language))

    def said(self, template: str, values: tuple[str, ...]) -> str | None:
        """The words that were found, if they are for just this."""
        return self.found if (template, values) == (self.template, self.values) else None


class _Rehearsed(Exception):
    """What would be said is known; nothing of it was kept."""

    def __init__(self, wording: _Wording) -> None:
        super().__init__("rehearsed")
        self.wording = wording


@dataclass(frozen=True)
class _Turning:
    """One message on its way through."""

    runtime: Runtime
    conversation_id: int
    customer: Actor
    incoming: Incoming
    skills: Mapping[str, Skill]
    adviser: "Adviser | None" = None
    wording: _Wording | None = None

    def answer(self, expected: Dialogue, heard: Heard) -> Answer:
        with self.runtime.unit_of_work(self.customer) as uow:
            conversation = service.lock(uow, self.conversation_id)
            rating = people.rating(self.incoming.choice)
            is_aside = self.incoming.choice == transcript.BY_MAIL.value
            message = self._receive(uow, tells_people=rating is None and not is_aside)
            if message is None:
                return self._again(uow)
            if rating is not None:
                return self._rate(uow, conversation, message, rating)
            if conversation.owner is Owner.PEOPLE:
                return self._mail(uow, conversation, message) if is_aside else Answer(message, ())
            today = _today(self.runtime)
            state = replace(_state(conversation), today=today.isoformat())
            if self.incoming.is_files_alone:
                came = engine.files_came(state)
                return self._reply(uow, conversation, message, came, Noted(state))
            if self.incoming.unread:
                came = engine.unread(state, self.incoming.unread)
                return self._reply(uow, conversation, message, came, Noted(state))
            if state.expecting != expected.expecting or state.language is not expected.language:
                shown = _shown(uow.session, self.conversation_id)
                heard = _hear(self.incoming, state, today, shown, memory.recogniser(uow.session))
                if self.adviser is not None:
                    self.adviser.has_picked = False
            turn = engine.step(state, heard)
            observe(
                uow,
                conversation_id=conversation.id,
                message_id=message.id,
                before=state,
                heard=heard,
                turn=turn,
            )
            return self._reply(uow, conversation, message, turn, Noted(state, heard))

    def apology(self) -> Answer:
        """Keep the message and pass the conversation on, whatever is broken besides."""
        with self.runtime.unit_of_work(self.customer) as uow:
            conversation = service.lock(uow, self.conversation_id)
            message = self._receive(uow)
            if message is None:
                return self._again(uow)
            if conversation.owner is Owner.PEOPLE:
                return Answer(message, ())
            state = _state(conversation)
            return self._reply(uow, conversation, message, engine.trouble(state), Noted(state))

    def _rate(
        self,
        uow: UnitOfWork,
        conversation: ConversationView,
        message: MessageView,
        rating: tuple[int, int],
    ) -> Answer:
        """Take a score that was pressed, whoever answers here; it is no matter for anybody."""
        context = Context(self.runtime, uow, conversation, message.id, self.incoming.source)
        says = (people.rate(context, *rating),)
        turn = Turn(_state(conversation), says)
        key = _reply_key(self.incoming.key)
        return Answer(message, (_say(self.runtime, uow, conversation.id, turn, says, key=key),))

    def _mail(
        self, uow: UnitOfWork, conversation: ConversationView, message: MessageView
    ) -> Answer:
        """Send the conversation by mail while people answer in it; nobody there is troubled."""
        context = Context(self.runtime, uow, conversation, message.id, self.incoming.source)
        done = check_result(self.skills["mail_transcript"](context, {}))
        says = (transcript.outcome(done),)
        turn = Turn(_state(conversation), says)
        key = _reply_key(self.incoming.key)
        return Answer(message, (_say(self.runtime, uow, conversation.id, turn, says, key=key),))

    def _receive(self, uow: UnitOfWork, *, tells_people: bool = True) -> MessageView | None:
        extra = {} if self.incoming.choice is None else {"choice": self.incoming.choice}
        return service.receive(
            uow,
            self.conversation_id,
            key=self.incoming.key,
            text=self.incoming.text or self._words_without(uow),
            extra=extra,
            tells_people=tells_people,
            enclosed=self._enclosed(),
        )

    def _enclosed(self) -> Enclosed | None:
        if not self.incoming.files:
            return None
        return Enclosed(
            scope=scope_of(self.conversation_id),
            ids=self.incoming.files,
            rules=self.runtime.settings.attachment_rules,
        )

    def _words_without(self, uow: UnitOfWork) -> str:
        """What a message without words says where only words are shown."""
        language = service.lock(uow, self.conversation_id).language
        sent = Say("files.sent", {"count": len(self.incoming.files)})
        if self.incoming.unread:
            sent = Say(f"unread.said_{self.incoming.unread}")
        return replies.render(sent, language, _formats(self.runtime))

    def _again(self, uow: UnitOfWork) -> Answer:
        message = queries.by_key(uow.session, self.conversation_id, self.incoming.key)
        if message is None:
            raise NotFound("the message is gone")
        said = queries.by_key(uow.session, self.conversation_id, _reply_key(self.incoming.key))
        return Answer(message, (said,) if said else (), is_repeat=True)

    def _reply(
        self,
        uow: UnitOfWork,
        conversation: ConversationView,
        message: MessageView,
        turn: Turn,
        noted: Noted,
    ) -> Answer:
        context = Context(self.runtime, uow, conversation, message.id, self.incoming.source)
        says, results = list(turn.says), list[Result]()
        noted.step(turn)
        while turn.call is not None:
            result = self._run(context, turn)
            noted.result(turn.call, result)
            results.append(result)
            turn = engine.step(turn.state, result)
            noted.step(turn)
            says += turn.says
        words = self._other_words(turn, says, noted)
        self._tell_of_adviser(uow, message, turn, noted)
        turn = resuming.offered(context, noted.before, replace(turn, says=tuple(says)))
        says = list(turn.says)
        talks.keep(uow, conversation, message, noted)
        service.remember(uow, conversation.id, write_dialogue(turn.state))
        if turn.state.language is not conversation.language:
            service.set_language(uow, conversation.id, turn.state.language)
        if not says:
            return Answer(message, ())
        key, card = _reply_key(self.incoming.key), None
        if conversation.channel in cards.CHANNELS:
            card = cards.of_results(results, turn.state.language, _formats(self.runtime))
        said = _say(self.runtime, uow, conversation.id, turn, says, key=key, card=card, words=words)
        return Answer(message, (said,))

    def _other_words(self, turn: Turn, says: Sequence[Say], noted: Noted) -> str | None:
        """What the model made of the reply; only what was told of facts may be put otherwise.

        Raises:
            _Rehearsed: the model is still to be asked.
        """
        if self.adviser is None or not self.adviser.may_reword(turn.state, noted.calls):
            return None
        language = turn.state.language
        template, values = replies.held(says, language, _formats(self.runtime))
        if self.wording is None:
            raise _Rehearsed(_Wording(template, values, language))
        words = self.wording.said(template, values)
        if words is not None:
            noted.marks.append("model.rephrased")
        return words

    def _tell_of_adviser(
        self, uow: UnitOfWork, message: MessageView, turn: Turn, noted: Noted
    ) -> None:
        """Keep what the model had to do with this message."""
        if self.adviser is None:
            return
        if self.adviser.has_picked:
            noted.marks.append("model.picked")
        self.adviser.belong_to(uow, message, turn.state.language)

    def _run(self, context: Context, turn: Turn) -> Result:
        if turn.call is None:
            raise AssertionError("a turn without a call")
        call = check_call(turn.call)
        if call.skill != "hand_off":
            return check_result(self.skills[call.skill](context, call.arguments))
        # The way out must stay open: if even this breaks, the customer is told so.
        try:
            with context.uow.session.begin_nested():
                return check_result(self.skills[call.skill](context, call.arguments))
        except Exception as error:  # noqa: BLE001 - see above
            broke = {"conversation_id": self.conversation_id, "cause": cause_of(error)}
            log.error("chat.hand_off_broke", **broke)  # noqa: TRY400 - as above
            return Result("hand_off", "failed")


def scope_of(conversation_id: int) -> str:
    """Whose uploads belong to a conversation: its own."""
    return f"conversation:{conversation_id}"


def _assert_uploaded(connection: Connection, conversation_id: int, incoming: Incoming) -> None:
    """Refuse files of others before anything is written; a repeat has sent its own already."""
    if not incoming.files or queries.by_key(connection, conversation_id, incoming.key):
        return
    there = attachments_queries.waiting(connection, scope_of(conversation_id), incoming.files)
    if len(there) != len(set(incoming.files)):
        raise Invalid("no such file waits to be sent", {"files": "is unknown or was sent before"})


def _adviser(
    runtime: Runtime, connection: Connection, conversation: ConversationView, incoming: Incoming
) -> "Adviser | None":
    """Who may be asked for help, where the shop has plugged in a model; a repeat needs none."""
    if not runtime.settings.model_url:
        return None
    if queries.by_key(connection, conversation.id, incoming.key) is not None:
        return None
    from bots.modelling.advising import Adviser  # noqa: PLC0415 - no model, no trace of it

    return Adviser(runtime, conversation, incoming.source)


def _writer(conversation: ConversationView) -> Actor:
    """Who writes: a customer, known or not."""
    return Actor(ActorKind.CUSTOMER, str(conversation.customer_id or ""))


def _state(conversation: ConversationView) -> Dialogue:
    try:
        state = read_dialogue(conversation.dialogue)
    except UnreadableDialogue:
        state = Dialogue(language=conversation.language)
    is_back = state.is_muted and conversation.owner is Owner.BOT
    return engine.unmute(state) if is_back else state


def _shown(reader: Connection | Session, conversation_id: int) -> Sequence[Mapping[str, Any]]:
    """The buttons that were shown last."""
    said = queries.thread(reader, conversation_id, limit=_LAST)
    last = next((one for one in reversed(said) if one.direction is Direction.OUT), None)
    return list(last.extra.get("choices", ())) if last is not None else []


def _picked(incoming: Incoming, state: Dialogue, shown: Sequence[Mapping[str, Any]]) -> str | None:
    """The button that was pressed, or that words mean: what it says, or its number in the list."""
    if incoming.choice is not None:
        return incoming.choice
    words = folded(incoming.text.strip()[:_LONGEST_LABEL])
    for choice in shown:
        if folded(choice["label"]) == words:
            return str(choice["value"])
    if state.expecting is not None and state.expecting.kind in _NUMBERS_ARE_ANSWERS:
        return None
    return choices.by_number(incoming.text[:_LONGEST_LABEL], shown)


def _hear(
    incoming: Incoming,
    state: Dialogue,
    today: date,
    shown: Sequence[Mapping[str, Any]],
    recogniser: Recogniser,
) -> Heard:
    """What was pressed or written; writing what a button says, or its number, is pressing it."""
    pressed = _picked(incoming, state, shown)
    if pressed is not None:
        return press(pressed, language=state.language)
    return hear(
        incoming.text,
        language_hint=state.language,
        expecting=state.expecting,
        today=today,
        recogniser=recogniser,
    )


def _today(runtime: Runtime) -> date:
    """The day it is where the shop is."""
    return runtime.clock.now().astimezone(runtime.settings.zone).date()


def _say(  # noqa: PLR0913 - by name, each a thing that a reply has
    runtime: Runtime,
    uow: UnitOfWork,
    conversation_id: int,
    turn: Turn,
    says: Sequence[Say],
    *,
    key: str,
    card: OrderCard | None = None,
    words: str | None = None,
) -> MessageView:
    said = replies.compose(says, turn.state.language, _formats(runtime))
    choices = [{"value": choice.value, "label": choice.label} for choice in said.choices]
    extra: dict[str, Any] = {"choices": choices} if choices else {}
    if turn.state.question is not None:
        extra["asks"] = turn.state.question.kind.value
    if card is not None:
        extra[cards.EXTRA] = card.as_json()
    return service.say(
        uow,
        conversation_id,
        author_kind=AuthorKind.BOT,
        text=said.text if words is None else words,
        key=key,
        extra=extra,
    )


def _label(runtime: Runtime, seen: Sequence[MessageView], value: str, state: Dialogue) -> str:
    """What the pressed button said: the customer's own words, in a way."""
    for message in reversed(seen):
        for choice in message.extra.get("choices", ()):
            if choice["value"] == value:
                return str(choice["label"])
    button: Button | None = _STANDING.get(value)
    if button is None:
        raise Invalid("no such button was shown", {"choice": "no such button was shown"})
    return replies.label(button, state.language, _formats(runtime))


def _formats(runtime: Runtime) -> SpokenFormats:
    return SpokenFormats(runtime.clock.now(), runtime.settings.zone)


def _reply_key(key: str) -> str:
    return f"re:{key}"
