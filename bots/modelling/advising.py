"""The plugged-in model as one message meets it: asked in time, within the budget, and never needed.

An ``Adviser`` lives as long as one message. It holds no transaction open over a call: what may be
spent is set aside in one of its own, and what was spent is noted in another.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import structlog

from bots.dialogue import engine
from bots.dialogue.turns import Dialogue, Turn
from bots.learning import service as learning
from bots.learning.states import Outcome as Missed
from bots.modelling import asking, budget, picking, rephrasing
from bots.modelling.asking import Endpoint, NoAnswer, Said, Wanted
from bots.modelling.breaker import Breaker
from bots.modelling.budget import Allowance, Made
from bots.modelling.facts import filled
from bots.modelling.picking import Pick
from bots.modelling.states import ILL, Outcome, Purpose
from bots.skills.context import Context
from bots.talks.noting import TELLING
from bots.tools import table
from bots.tools.shapes import Kind as ToolKind
from bots.tools.shapes import ToolsContext
from bots.understanding.fusion import says_anything
from bots.understanding.heard import Heard, Kind
from oms_service.conversations import queries as conversations
from oms_service.conversations.states import Owner
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.infra.fallout import cause_of
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import actors
from oms_service.kernel.errors import NotFound, TooMany
from oms_service.kernel.languages import Language
from oms_service.kernel.text import order_key
from oms_service.orders import queries as orders
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: Calls for one message until it must have picked.
MOST_ROUNDS: Final = 3
#: Not worth a call any more.
_TOO_LATE_S: Final = 0.1
#: Answers to these are nobody's business but the customer's and ours, or are a yes or a no.
_PRIVATE: Final = frozenset({Kind.PROOF, Kind.MAIL, Kind.CODE, Kind.ADDRESS, Kind.CONFIRM})
#: What one conversation and one sender may cost; whoever writes more is answered without.
_RATES: Final = (("model-chat", "20/10 minutes"), ("model-source", "60/hour"))
#: A token has about so many bytes in what we send; Japanese has more, our frame fewer.
_BYTES_A_TOKEN: Final = 2
#: What the chat says when it is unsure.
_UNSURE: Final = frozenset({"clarify.which", "scope.outside"})


@cache
def _breaker(_endpoint: Endpoint) -> Breaker:
    """The breaker of an endpoint, one a process."""
    return Breaker()


class Adviser:
    """Asks for one message. ``source`` tells senders apart for limits."""

    def __init__(self, runtime: Runtime, conversation: ConversationView, source: str) -> None:
        settings = runtime.settings
        self._runtime = runtime
        self._conversation = conversation
        self._source = source
        self._endpoint = Endpoint(settings.model_url, settings.model_name, settings.model_key)
        self._breaker = _breaker(self._endpoint)
        self._allowance = Allowance(settings.model_calls, settings.model_tokens)
        self._until: float | None = None
        self._calls: list[int] = []
        #: Whether what was heard is a pick of the model's.
        self.has_picked = False

    def heard(self, state: Dialogue, heard: Heard, today: date) -> Heard:
        """``heard``, with a wish where we were unsure and the model picked one; never worse."""
        if not self._runtime.settings.model_picks or self._conversation.owner is Owner.PEOPLE:
            return heard
        if not is_worth_asking(state, heard):
            return heard
        return self._or(lambda: self._picked(heard, today), heard)

    def wording(self, template: str, values: Sequence[str], language: Language) -> str | None:
        """A reply in other words that say the very same, or None.

        Args:
            template: the reply with ``[[1]]``, ``[[2]]``, ... for its values.
            values: these values, which the model does not see.
            language: of the reply.
        """
        if not rephrasing.is_worth_it(template):
            return None
        return self._or(lambda: self._rephrased(template, values, language), None)

    def may_reword(self, state: Dialogue, calls: Sequence[tuple[str, str]]) -> bool:
        """Whether a reply tells facts and nothing else: no question of consent, nothing done.

        Args:
            state: as it is after the reply.
            calls: the skills that ran for it, and what came of them.
        """
        if not self._runtime.settings.model_rephrases or not calls or state.is_muted:
            return False
        if state.question is not None and state.question.kind in _PRIVATE:
            return False
        return state.proposal is None and all(skill in TELLING for skill, _outcome in calls)

    def belong_to(self, uow: UnitOfWork, message: MessageView, language: Language) -> None:
        """Note which message the calls were made for, now that it is stored.

        What the model had to pick was not understood by the chat itself: people may teach it.
        """
        budget.belong_to(uow, tuple(self._calls), message.id)
        if self.has_picked:
            learning.note(
                uow,
                message_id=message.id,
                conversation_id=message.conversation_id,
                language=language,
                outcome=Missed.UNCLEAR,
            )

    def _or(self, ask: Callable[[], T], otherwise: T) -> T:
        try:
            if self._until is None:
                own = str(self._conversation.id)
                for (name, rate), key in zip(_RATES, (own, self._source or own), strict=True):
                    self._runtime.limits.take(name, key, rate)
                self._until = time.monotonic() + self._runtime.settings.model_timeout_ms / 1000
            return ask()
        except TooMany:
            return otherwise
        except Exception as error:  # noqa: BLE001 - whatever breaks here, the chat answers without
            log.error("model.broke", cause=cause_of(error))  # noqa: TRY400 - it may quote words
            return otherwise

    # Picking

    def _picked(self, heard: Heard, today: date) -> Heard:
        words = picking.shown(heard.text)
        has_tools = self._runtime.settings.model_tools and self._customer_id() is not None
        told = picking.messages(words, heard.language, has_tools=has_tools)
        seen: set[str] = set()
        for at in range(MOST_ROUNDS):
            is_last = at == MOST_ROUNDS - 1
            judged = self._ask(
                Purpose.PICK,
                told,
                _judge(has_tools=has_tools, is_last=is_last),
                tools=picking.as_functions() if has_tools else (),
            )
            if judged is None:
                return heard
            if isinstance(judged, Said):
                told += self._looked_up(judged, seen)
                continue
            found = picking.applied(heard, judged, words=words, seen=seen, today=today)
            self.has_picked = True
            return self._with_own_orders(heard, found)
        return heard

    def _looked_up(self, said: Said, seen: set[str]) -> list[dict[str, Any]]:
        """What the tools answered that the model asked for, as it is told of it."""
        asked = {
            "role": "assistant",
            "content": said.text or None,
            "tool_calls": [
                {
                    "id": one.id,
                    "type": "function",
                    "function": {"name": one.name, "arguments": one.arguments},
                }
                for one in said.wanted
            ],
        }
        answers = [
            {"role": "tool", "tool_call_id": one.id, "content": self._run(one, seen)}
            for one in said.wanted
        ]
        return [asked, *answers]

    def _run(self, wanted: Wanted, seen: set[str]) -> str:
        arguments = picking.arguments_of(wanted.arguments) or {}
        with self._runtime.unit_of_work(self._actor()) as uow:
            context = ToolsContext(
                runtime=self._runtime,
                conversation=self._now(uow),
                message_id=0,  # what only reads belongs to no message
                source=self._source,
                language=self._conversation.language,
                is_masked=True,
            )
            result = table.run(uow, context, wanted.name, arguments)
        seen.update(order_key(number) for number in picking.order_numbers(result.data))
        return picking.told(result.told)

    def _with_own_orders(self, ours: Heard, found: Heard) -> Heard:
        """Without an order that the model brought in and that is not this customer's."""
        if found.order_keys == ours.order_keys:
            return found
        customer_id = self._customer_id()
        if customer_id is not None:
            with self._runtime.database.reading() as connection:
                try:
                    for key in found.order_keys:
                        orders.own(connection, key, customer_id)
                except NotFound:
                    pass
                else:
                    return found
        return replace(found, order_keys=ours.order_keys)

    # Rephrasing

    def _rephrased(self, template: str, values: Sequence[str], language: Language) -> str | None:
        def judge(said: Said) -> tuple[Outcome, str | None, str | None]:
            outcome, text = rephrasing.read(said.text, template, len(values), language)
            return outcome, None, text

        text = self._ask(Purpose.REPHRASE, rephrasing.messages(template, language), judge)
        return filled(text, values) if text is not None else None

    # Asking

    def _ask(
        self,
        purpose: Purpose,
        messages: Sequence[Mapping[str, Any]],
        judge: Callable[[Said], tuple[Outcome, str | None, T]],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
    ) -> T | None:
        """One call, if there is time and money for it: what ``judge`` makes of the answer."""
        left_s = (self._until or 0.0) - time.monotonic()
        if left_s < _TOO_LATE_S or not self._breaker.may_try():
            return None
        body = asking.body_of(self._endpoint, messages, tools)
        reserve = len(body) // _BYTES_A_TOKEN + asking.MOST_TOKENS
        day = self._runtime.clock.now().astimezone(self._runtime.settings.zone).date()
        with self._runtime.unit_of_work(actors.BOT) as uow:
            if not budget.set_aside(uow, day, tokens=reserve, allowance=self._allowance):
                return None
        label, value, tokens = None, None, None
        began = time.monotonic()
        try:
            left_s = max((self._until or 0.0) - began, _TOO_LATE_S)
            said = asking.ask(self._endpoint, body, within_s=left_s)
            tokens = said.tokens
            outcome, label, value = judge(said)
        except NoAnswer as error:
            outcome = error.outcome
        self._breaker.note(went_well=outcome not in ILL)
        made = Made(
            conversation_id=self._conversation.id,
            purpose=purpose,
            outcome=outcome,
            took_ms=round((time.monotonic() - began) * 1000),
            tokens=tokens,
            label=label,
        )
        with self._runtime.unit_of_work(actors.BOT) as uow:
            self._calls.append(budget.settle(uow, day, set_aside=reserve, made=made))
        log.info(
            "model.asked",
            conversation_id=made.conversation_id,
            purpose=str(purpose),
            outcome=str(outcome),
            ms=made.took_ms,
            tokens=tokens,
        )
        return value

    def _customer_id(self) -> int | None:
        """Who writes, as long as their proof holds."""
        with self._runtime.unit_of_work(self._actor()) as uow:
            now = self._now(uow)
            return Context(self._runtime, uow, now, 0, self._source).customer_id

    def _now(self, uow: UnitOfWork) -> ConversationView:
        return conversations.by_id(uow.session, self._conversation.id) or self._conversation

    def _actor(self) -> actors.Actor:
        customer = str(self._conversation.customer_id or "")
        return actors.Actor(actors.ActorKind.CUSTOMER, customer)


def is_worth_asking(state: Dialogue, heard: Heard) -> bool:
    """Whether we would have to say that we are unsure, and the words may be shown to others."""
    if heard.pressed is not None or state.is_muted or not says_anything(heard.text):
        return False
    if state.question is not None and state.question.kind in _PRIVATE:
        return False
    return _is_unsure(engine.step(state, heard))


def _is_unsure(turn: Turn) -> bool:
    return any(say.key in _UNSURE or say.key.startswith("miss.") for say in turn.says)


Judged: TypeAlias = tuple[Outcome, str | None, Pick | Said | None]


def _judge(*, has_tools: bool, is_last: bool) -> Callable[[Said], Judged]:
    return lambda said: _judged(said, has_tools=has_tools, is_last=is_last)


def _judged(said: Said, *, has_tools: bool, is_last: bool) -> Judged:
    """What an answer is: a pick, a wish to look something up, or nothing that counts."""
    if not said.wanted:
        outcome, pick = picking.read(said.text)
        return outcome, str(pick.wish) if pick else None, pick
    offered = picking.offered() if has_tools else {}
    names = [one.name for one in said.wanted]
    if any(name not in offered for name in names):
        return Outcome.UNLISTED, None, None
    for one in said.wanted:
        if offered[one.name].kind is ToolKind.PROPOSE:
            pick = picking.proposed(one.name, picking.arguments_of(one.arguments) or {})
            return Outcome.PICKED, one.name, pick
    if is_last:
        return Outcome.TOO_MANY_ROUNDS, names[0], None
    return Outcome.ASKED, names[0], said
