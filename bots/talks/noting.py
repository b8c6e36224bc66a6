"""What one message became, gathered while the bot works on it, and read as codes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.engine import BESIDE, FLOW_OF, FLOWS
from bots.dialogue.flows.form import FormFlow
from bots.dialogue.turns import Call, Dialogue, Frame, Result, Turn
from bots.talks.states import NO_WISH, TurnOutcome, Why
from bots.understanding.heard import Heard, Intent
from bots.understanding.values import Slots

#: Flows that serve another one, or nothing that was wished for.
_BESIDE: Final = frozenset({"identify", "clarify", "standing", "hand_off", *BESIDE})
#: What flows answer whose frames do not say it.
_WISH_OF: Final = {
    "track": Intent.TRACK_ORDER,
    "balance": Intent.COUPON_POINTS,
    "contents": Intent.ORDER_HISTORY,
}
#: Skills that tell what was asked, where their outcome is ``ok``.
TELLING: Final = frozenset(
    {
        "track_order",
        "list_orders",
        "find_answer",
        "tell_answer",
        "find_product",
        "policy_of_order",
        "order_contents",
        "order_sums",
        "paper_of_order",
        "balances",
        "refund_news",
    }
)
_COURTEOUS: Final = ("greeting.", "thanks.", "goodbye.", "help.", "idle.", "language.", "files.")
#: What somebody is told who has not shown who they are.
_UNPROVEN: Final = frozenset(
    {
        (skill, outcome)
        for skill in ("identify", "identify_person", "send_code", "check_code")
        for outcome in ("unknown", "wrong", "too_many", "somebody_elses", "not_offered")
    }
)
_WHY: Final = {
    HandOffReason.ASKED: Why.ASKED,
    HandOffReason.NOT_UNDERSTOOD: Why.NOT_UNDERSTOOD,
    HandOffReason.NEEDS_COLLEAGUE: Why.NEEDS_COLLEAGUE,
    HandOffReason.TROUBLE: Why.TROUBLE,
}
_LAST: Final = {
    TurnOutcome.MISSED,
    TurnOutcome.OUTSIDE,
    TurnOutcome.CLARIFIED,
}


@dataclass
class Noted:
    """One message on its way: how it stood ``before``, what was ``heard``, each step and result.

    ``heard`` is None of files alone, and where the bot broke. ``marks`` are codes of what else had
    a part, such as a rephrased answer; whoever has one adds it.
    """

    before: Dialogue
    heard: Heard | None = None
    turns: list[Turn] = field(default_factory=list)
    results: list[tuple[Call, Result]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def step(self, turn: Turn) -> None:
        """The bot took a step."""
        self.turns.append(turn)

    def result(self, call: Call, result: Result) -> None:
        """A skill answered."""
        self.results.append((call, result))

    # What it comes to

    @property
    def says(self) -> list[str]:
        """The keys of all that was said."""
        return [say.key for turn in self.turns for say in turn.says]

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Skills and what came of them."""
        return [(result.skill, result.outcome) for _call, result in self.results]

    @property
    def wish(self) -> str:
        """What the message was about, as far as anybody knows."""
        known = [*self._wishes(self.before), *self._begun]
        after = self._wishes(self._after)
        if after:
            return after[-1]
        if known:
            return known[-1]
        intent = self.heard.intent if self.heard is not None else None
        return str(intent) if intent in FLOW_OF and not self._is_missed else NO_WISH

    @property
    def ended(self) -> list[str]:
        """Wishes that were answered: told, or brought to their end, neither left nor given up."""
        return list(dict.fromkeys([*self._told, *self._brought_to_an_end()]))

    def is_open(self, answered: Collection[str]) -> bool | None:
        """Whether something waits for its answer; None where nothing has changed in that.

        Args:
            answered: wishes of this talk that have had theirs.
        """
        if self.outcome in _LAST:
            return True
        if self.outcome is TurnOutcome.COURTESY and not self._after.frames:
            return None
        return any(
            frame.flow in _BESIDE
            or isinstance(FLOWS.get(frame.flow), FormFlow)
            or frame.flow in {"offer", "complaint"}
            or _wish_of(frame) not in answered
            for frame in self._after.frames
        )

    @property
    def shown(self) -> int:
        return sum(bool(result.data.get("proposal")) for _call, result in self.results)

    @property
    def confirmed(self) -> int:
        return self.calls.count(("carry_out", "ok"))

    @property
    def dropped(self) -> int:
        return self.calls.count(("withdraw_proposal", "ok"))

    @property
    def outcome(self) -> TurnOutcome:
        """What the bot made of it, whether or not people take over."""
        said = self.says
        found = (
            (TurnOutcome.MISSED, self._is_missed),
            (TurnOutcome.OUTSIDE, "scope.outside" in said),
            (TurnOutcome.CLARIFIED, "clarify.which" in said),
            (TurnOutcome.LEFT, "leave.left" in said or self.dropped > 0),
            (TurnOutcome.PROPOSED, self.shown > 0 and self._after.question is not None),
            (TurnOutcome.DONE, self.confirmed > 0),
            (TurnOutcome.ANSWERED, bool(self._told)),
            (TurnOutcome.COURTESY, bool(said) and said[0].startswith(_COURTEOUS)),
            (TurnOutcome.ASKED, self._after.question is not None),
        )
        return next((outcome for outcome, is_so in found if is_so), TurnOutcome.ANSWERED)

    @property
    def slots(self) -> list[str]:
        """The names of what was named; never what."""
        if self.heard is None:
            return []
        names = Slots.__dataclass_fields__
        return [name for name in names if getattr(self.heard, name) not in (None, (), "", False)]

    def why(self, *, is_handed_over: bool, is_noted: bool, before: Sequence[str]) -> Why | None:
        """Why a person has to do with it from now on.

        Args:
            is_handed_over: the bot has fallen silent.
            is_noted: a case was opened, or took the matter in.
            before: skills and outcomes, one after the other, of the message before.
        """
        if is_handed_over:
            reason = next(
                (call.arguments["reason"] for call, _ in self.results if call.skill == "hand_off"),
                HandOffReason.NEEDS_COLLEAGUE,
            )
            why = _WHY.get(HandOffReason(reason), Why.NEEDS_COLLEAGUE)
            return _more_exactly(before) if why is Why.ASKED else why
        if is_noted:
            return Why.DECISION if self.confirmed else Why.NOTED
        return None

    # Inside

    @property
    def _after(self) -> Dialogue:
        return self.turns[-1].state if self.turns else self.before

    @property
    def _is_missed(self) -> bool:
        return any(key.startswith("miss.") for key in self.says)

    @property
    def _begun(self) -> list[str]:
        """Wishes that were open at some step."""
        return [wish for turn in self.turns for wish in self._wishes(turn.state)]

    @property
    def _told(self) -> list[str]:
        found = []
        for at, (_call, result) in enumerate(self.results):
            wishes = self._wishes(self.turns[at].state)
            if result.skill in TELLING and result.outcome == "ok" and wishes:
                found.append(wishes[-1])
        return found

    def _brought_to_an_end(self) -> list[str]:
        if self._after.is_muted or self.outcome in {TurnOutcome.LEFT, *_LAST}:
            return []
        left = set(self._wishes(self._after)) | self._given_up()
        seen = [*self._wishes(self.before), *self._begun]
        over = [wish for wish in seen if wish not in left]
        return over if self.outcome is not TurnOutcome.COURTESY else []

    def _given_up(self) -> set[str]:
        """What made way for another wish before anybody had shown who they are, and offers."""
        first = set(self._wishes(self.turns[0].state)) if self.turns else set()
        was = self._wishes(self.before)
        offered = {_wish_of(one) for one in self.before.frames if one.flow == "offer"}
        asks_who = self.before.top is not None and self.before.top.flow == "identify"
        if asks_who and first - set(was):
            return {*was} - first | offered
        return offered

    def _wishes(self, state: Dialogue) -> list[str]:
        return [_wish_of(frame) for frame in state.frames if frame.flow not in _BESIDE]


def _wish_of(frame: Frame) -> str:
    said = str(frame.data.get("intent", ""))
    if said in set(Intent):
        return said
    intents = FLOWS[frame.flow].intents if frame.flow in FLOWS else frozenset[Intent]()
    return str(_WISH_OF.get(frame.flow) or next(iter(sorted(intents)), NO_WISH))


def _more_exactly(before: Sequence[str]) -> Why:
    """Why somebody asked for a person, from what they had been told just before."""
    told = {(before[at], before[at + 1]) for at in range(0, len(before) - 1, 2)}
    if told & _UNPROVEN:
        return Why.UNPROVEN
    return Why.REFUSED if any(outcome == "refused" for _, outcome in told) else Why.ASKED
