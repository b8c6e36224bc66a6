"""Flows as data: a wish, the slots it needs, what would be done, and doing it on a clear yes.

A ``Form`` says what makes one wish different from another; ``FormFlow`` is the conversation about
it, the same for all:

1. Who writes is asked once, by the flow ``identify``, if nobody knows yet.
2. The skill ``facts`` finds the order that is meant and brings what there is to choose from. It
   answers ``ok`` with the facts (with ``order_key`` and ``number``), ``several`` with orders to
   choose from, ``refused`` with reasons where the shop does not allow it at all, ``none`` where
   the customer has no such order, ``unknown``; others are for ``Form.otherwise``.
3. Slots are filled from everything that was said, from the first message on, and the first one
   that is needed and empty is asked. One answer may fill several; any answer may correct one that
   was filled before. ``back`` empties the last one.
4. The skill ``propose`` writes a proposal down and answers what it would bring (``ok``: an id
   ``proposal``, a ``decision``, and what ``Form.shown`` says), or ``refused``: a code in
   ``Form.mends`` empties its slot and asks it again, others end the wish.
5. ``carry_out`` does it once, on a clear yes; whatever the customer corrects instead is proposed
   anew, as is what changed or expired meanwhile.

Texts of a form have its name before them: ``which_order``, ``none``, ``refused``, ``declined``,
``confirm_at_once``, ``confirm_agent``; its buttons are ``button.do_NAME`` and
``button.leave_NAME``, and ``resume.NAME`` leads back to it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from bots.dialogue.flows.agreeing import is_clear_yes, is_half_yes, is_no
from bots.dialogue.flows.choosing import UNKNOWN, choose_order, chosen_order
from bots.dialogue.flows.naming import named_orders
from bots.dialogue.moves import HUMAN, MENU, ORDERS, Move, ask, finish, pressed, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.hear import hear
from bots.understanding.heard import Act, Expecting, Heard, Intent, Kind
from oms_service.kernel.text import order_key

#: As many reasons as one reads.
MOST_REFUSALS: Final = 3
#: As many messages of a wish are kept until there are facts to read them against.
MOST_SAID: Final = 4
#: Said instead of an answer: go on without one.
_SKIP: Final = re.compile(
    r"(?:please )?(?:skip|skip (?:it|this|that)|none|nothing|no preference|leave it (?:out|empty))"
    r"|スキップ(?:して(?:ください)?|します)?|飛ばして(?:ください)?|とばして(?:ください)?"
    r"|特に(?:ない|なし|ありません)(?:です)?|なし(?:です|で)?|省略(?:して|します)?",
    re.IGNORECASE,
)
#: What was spoken of last is meant.
_THAT: Final = re.compile(
    r"\b(?:it|that|this|the same) ?(?:order|one)?\b|(?:それ|これ|その|この|同じ)(?:ご?注文)?",
    re.IGNORECASE,
)
#: Of two orders the one that was not taken up.
_THE_OTHER: Final = re.compile(
    r"(?:no|nope|sorry|not (?:that|this)(?: one)?|wait|actually|i (?:mean|meant)|[, ])*"
    r"(?:the|my) other (?:one|order)(?: please)?"
    r"|(?:いや|いえ|いいえ|違います|ちがいます|すみません|"
    r"そう(?:じゃ|では)なく(?:て)?|[、,。 ])*"
    r"(?:もう(?:一つ|1つ|ひとつ|一方|片方|一件|1件)|別|ほか|他)の?(?:ほう|方|ご?注文|やつ)?"
    r"(?:の?(?:ほう|方))?(?:です|をお願いします|でお願いします|を)?",
    re.IGNORECASE,
)
#: The item last spoken of is meant, and not its order.
_IT: Final = re.compile(
    r"\bit\b(?! (?:possible|ok|okay|too late|true)\b)|\b(?:that|this) one\b"
    r"|\b(?:return|exchange|swap|replace|send) (?:that|this)\b(?! order)"
    r"|(?:それ|これ|あれ)(?!は何)|(?:その|この|同じ)(?:商品|品|もの|ほう|方|やつ)",
    re.IGNORECASE,
)
#: Whoever says so means no item in particular.
_SOMETHING: Final = re.compile(
    r"\b(?:something|anything|some (?:items?|things?)|an item|items)\b|何か|なにか|どれか|一部",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"\S+@\S+")


def _always(_frame: Frame) -> bool:
    return True


def _never(_frame: Frame) -> bool:
    return False


def _as_it_is(frame: Frame) -> Frame:
    return frame


@dataclass(frozen=True)
class Learning:
    """What the shop can add to a value that was said, such as the town of a postal code."""

    skill: str
    call: Callable[[Frame], Call | None]
    """The call to make now; None where there is nothing to learn, or it was learned before."""
    take: Callable[[Frame, Result], Frame]
    """The frame with what came of it; from then on ``call`` answers None."""


@dataclass(frozen=True)
class Remembering:
    """Which items of the order a value names, and the value that names one of them."""

    lines: Callable[[Frame], Sequence[int]]
    recall: Callable[[Frame, int], Any]
    """None where that item is no choice here."""


@dataclass(frozen=True)
class Slot:
    """One thing a wish needs.

    Values are plain JSON and never None. ``ask`` and ``read`` may look at the facts
    (``facts(frame)``) and at slots before this one (``value(frame, name)``).
    """

    name: str
    ask: Callable[[Frame], Question]
    """The question, with the options that its answer is heard against."""
    read: Callable[[Frame, Heard, bool], Any]
    """The value that words give it, or None. They were heard against this slot's own options.

    The last argument says whether it was just asked: only then may few words mean it. At any
    other time it must be plain that this is what they are about.
    """
    is_needed: Callable[[Frame], bool] = _always
    """Whether it has to be known, given what is known by now; what has not is never asked."""
    without: Any = None
    """The value it has when the customer skips it; None where it cannot be skipped."""
    is_asked: bool = True
    """False of what is only heard, never asked."""
    lacks: Callable[[Frame], bool] = _never
    """Whether the value that is there is not whole yet: then it is asked again."""
    learning: Learning | None = None
    """What is looked up before it is asked for."""
    remembering: Remembering | None = None
    """For items of an order: ``it`` may mean the one that was spoken of in another wish."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A wish; see the beginning of this module."""

    name: str
    intents: frozenset[Intent]
    facts: str
    slots: tuple[Slot, ...]
    propose: str
    arguments: Callable[[Frame], Mapping[str, Any]]
    """What the skill ``propose`` takes."""
    shown: Callable[[Data], Sequence[Say]]
    """The proposal in words, without the question."""
    done: Callable[[Data], Sequence[Say]]
    """What was done, in words, from ``DoneData``."""
    needs_order: bool = True
    """Without one, ``facts`` takes no arguments and answers only ``ok``."""
    settle: Callable[[Frame], Frame] = _as_it_is
    """After words were read and before the next question: brings the slots in order."""
    mends: Mapping[str, str] = field(default_factory=dict)
    """By the code of a refusal, the slot whose value it is about."""
    otherwise: Mapping[str, Callable[[Frame, Result], Move]] = field(default_factory=dict)
    """What follows other outcomes of ``facts``."""
    leaves_on_cancel: bool = True
    """False where ``cancel`` at the end may as well mean the wish itself."""


def facts(frame: Frame) -> Data:
    """What the shop said there is."""
    found: Data = frame.data.get("facts", {})
    return found


def value(frame: Frame, name: str) -> Any:
    """What is known of a slot, or None."""
    return frame.data.get("slots", {}).get(name)


def with_slots(frame: Frame, **values: Any) -> Frame:
    """The frame with these values; None empties a slot."""
    slots = {**frame.data.get("slots", {}), **values}
    return frame.having(slots={name: one for name, one in slots.items() if one is not None})


def with_note(frame: Frame, key: str, **params: Any) -> Frame:
    """Something to be said before the next question, such as why an answer would not do."""
    return frame.having(notes=[*frame.data.get("notes", []), {"key": key, "params": params}])


def begun(intent: Intent | None, said: str, order_key: str | None = None) -> dict[str, Any]:
    """What the frame of a form begins with."""
    data: dict[str, Any] = {"said": [_MAIL.sub(" ", said)] if said else []}
    if intent is not None:
        data["intent"] = str(intent)
    if order_key is not None:
        data["order_key"] = order_key
    return data


def refusal(name: str, refusals: Sequence[Data], **params: Any) -> list[Say]:
    """A no in the shop's words, and the way on."""
    says = [Say(f"{name}.refused", params)]
    says += [Say("refused.because", {"refusal": one}) for one in refusals[:MOST_REFUSALS]]
    says.append(Say("refused.way_on", buttons=(HUMAN, ORDERS)))
    return says


def _told(refusals: Sequence[Data]) -> tuple[Data, ...]:
    return tuple(dict(one) for one in refusals[:MOST_REFUSALS])


class FormFlow:
    """The conversation about a form."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.intents = form.intents

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            key = frame.data.get("order_key")
            return Move(frame, opens=Frame("identify", {"order_key": key} if key else {}))
        if frame.step == "order":
            return self._ask_order(frame)
        if "facts" not in frame.data:
            return self._look_up(frame, state)
        if frame.step == "confirm":
            return self._propose(frame)
        return self._next(frame)

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if pressed(heard, "order") == "other":
            return self._look_up(_without_order(frame, said=[]), None)
        if frame.step == "order":
            key = chosen_order(heard)
            return (
                self._look_up(_also_said(frame, heard).having(order_key=key), state)
                if key
                else None
            )
        another = another_order(frame, heard)
        if another and (heard.intent is None or heard.intent in self.intents):
            said = _also_said(_without_order(frame, said=[]), heard)
            return self._look_up(said.having(order_key=another), state)
        if self._means_the_other(frame, heard, state):
            besides = frame.data.get("order_key")
            return self._look_up(_without_order(frame, said=[], besides=besides), None)
        if frame.step == "confirm":
            return self._at_the_end(frame, heard, state)
        return self._at_a_slot(frame, heard, state)

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if result.skill == self.form.facts:
            return self._learned(frame, result, state)
        if result.skill == self.form.propose:
            return self._proposed(frame, result)
        if result.skill == "carry_out":
            return self._carried_out(frame, result)
        for slot in self.form.slots:
            if slot.learning is not None and slot.learning.skill == result.skill:
                return self._next(slot.learning.take(frame, result))
        return finish(Say(f"{self.form.name}.declined", buttons=MENU), proposal=None)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        """The question before this one; before the first, which order it is."""
        if "facts" not in frame.data:
            return self.enter(frame, state)
        names = [slot.name for slot in self.form.slots if slot.is_asked]
        if frame.step in names and value(frame, frame.step) is not None:
            return self._next(with_slots(frame, **{frame.step: None}))
        before = names[: names.index(frame.step)] if frame.step in names else names
        filled = [name for name in before if value(frame, name) is not None]
        if filled:
            return self._next(with_slots(frame, **{filled[-1]: None}))
        if self.form.needs_order:
            return self._look_up(_without_order(frame, said=[]), None)
        return self._next(frame)

    def corrects(self, frame: Frame, heard: Heard, state: Dialogue) -> bool:
        """Whether the words change something that was filled already."""
        if "facts" not in frame.data:
            return False
        return _differs(self._read(frame, heard, state), frame)

    def _means_the_other(self, frame: Frame, heard: Heard, state: Dialogue) -> bool:
        """Whether ``the other one`` is an order: where no thing or version could be meant."""
        is_said = heard.pressed is None and _THE_OTHER.fullmatch(heard.text.strip(" .!。"))
        if not (is_said and self.form.needs_order and frame.data.get("order_key")):
            return False
        kind = state.question.kind if state.question else None
        if kind is Kind.CONFIRM:
            return not _differs(self._read(frame, heard, state), frame)
        return kind is Kind.REASON or "order" in heard.text.lower() or "注文" in heard.text

    # Which order, and what there is to choose

    def _look_up(self, frame: Frame, state: Dialogue | None) -> Move:
        """Ask what there is; without the state, whatever was spoken of before does not count."""
        arguments: dict[str, Any] = {}
        if self.form.needs_order:
            spoken = state.order_key if state is not None else None
            arguments = {"order_key": frame.data.get("order_key"), "spoken": spoken}
        bare = {name: one for name, one in frame.data.items() if name not in {"facts", "step"}}
        return run(Frame(frame.flow, bare), Call(self.form.facts, arguments), proposal=None)

    def _learned(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        name, data = self.form.name, result.data
        if result.outcome in self.form.otherwise:
            return self.form.otherwise[result.outcome](frame, result)
        match result.outcome:
            case "ok":
                known = frame.having(facts=dict(data))
                changes = {}
                if self.form.needs_order:
                    known = known.having(order_key=data["order_key"])
                    changes = {"order_key": data["order_key"]}
                for said in frame.data.get("said", []):
                    known = self._read(known, _heard_anew(said, state), state)
                known = self._recalled(known, frame.data.get("said", []), state)
                return _with_changes(self._next(known.having(said=[])), changes)
            case "several":
                return self._which(frame, data, state)
            case "none":
                return finish(Say(f"{name}.none", buttons=(ORDERS, HUMAN)))
            case "refused":
                key = order_key(data["number"])
                says = refusal(name, data["refusals"], number=data["number"])
                told = {"proposal": self._wish(frame, data["refusals"]), "order_key": key}
                return finish(*says, refused=_told(data["refusals"]), **told)
        return ask(_without_order(frame).having(step="order"), UNKNOWN, order_key=None)

    def _recalled(self, frame: Frame, said: Sequence[str], state: Dialogue) -> Frame:
        """``It`` is the item last spoken of, in this wish or one before, if it is of this order."""
        one = state.item
        is_of_it = one is not None and _is_same(one["order_key"], frame.data.get("order_key"))
        is_said = any(map(_IT.search, said)) and not any(map(_SOMETHING.search, said))
        if one is None or not (is_of_it and is_said):
            return frame
        for slot in self.form.slots:
            if slot.remembering is not None and value(frame, slot.name) is None:
                found = slot.remembering.recall(frame, one["line_id"])
                frame = with_slots(frame, **{slot.name: found})
        return frame

    def _spoken_of(self, frame: Frame) -> dict[str, Any]:
        """The one item that the values name, to be remembered; nothing where it is not one."""
        lines = {
            line_id
            for slot in self.form.slots
            if slot.remembering is not None and value(frame, slot.name) is not None
            for line_id in slot.remembering.lines(frame)
        }
        key = frame.data.get("order_key")
        return (
            {"item": {"order_key": key, "line_id": lines.pop()}} if len(lines) == 1 and key else {}
        )

    def _which(self, frame: Frame, data: Data, state: Dialogue) -> Move:
        """The order that the words name by what is in it, else the one spoken of, else ask.

        Of those that nobody named only such as have not left yet are chosen from.
        """
        said = frame.data.get("said", [])
        besides = frame.data.get("besides")
        all_keys = {order_key(one["number"]): one for one in data["orders"]}
        keys = {key: one for key, one in all_keys.items() if key != besides} or all_keys
        still = [key for key, one in keys.items() if one["is_open"]]
        for words in said:
            named = named_orders(words, data["orders"])
            among = [key for key in named if key in still] or named
            if len(among) == 1:
                return self._look_up(frame.having(order_key=among[0]), state)
            still = [key for key in still if key in among] or still
        spoken = next((key for key in keys if _is_same(key, data["spoken"])), None)
        if spoken and (spoken in still or any(map(_THAT.search, said)) or not still):
            return self._look_up(frame.having(order_key=spoken), state)
        if len(still) == 1:
            return self._look_up(frame.having(order_key=still[0]), state)
        if not still:
            return finish(Say(f"{self.form.name}.none", buttons=(ORDERS, HUMAN)))
        chosen = [keys[key] for key in still]
        return self._ask_order(frame.having(step="order", orders=chosen))

    def _ask_order(self, frame: Frame) -> Move:
        orders = frame.data.get("orders")
        if not orders:
            return ask(frame, Question(Kind.ORDER, Say("track.which", buttons=(HUMAN,))))
        return ask(frame, choose_order(f"{self.form.name}.which_order", {"orders": orders}))

    # Slots

    def _read(self, frame: Frame, heard: Heard, state: Dialogue, *, asked: str = "") -> Frame:
        """Every slot that the words fill or correct, from the first to the last."""
        for slot in self.form.slots:
            own = heard
            if heard.pressed is None and slot.name != asked:
                choices = _heard_anew(heard.text, state, slot.ask(frame)).choices
                own = replace(heard, choices=choices)
            found = slot.read(frame, own, slot.name == asked)
            if found is not None:
                frame = with_slots(frame, **{slot.name: found})
        return frame

    def _at_a_slot(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        asked = next((slot for slot in self.form.slots if slot.name == frame.step), None)
        if asked is None:
            return None
        read = self._read(frame, heard, state, asked=asked.name)
        if _differs(read, frame):
            return self._next(read)
        skips = _SKIP.fullmatch(heard.text) or (
            heard.act in {Act.DONT_KNOW, Act.NO} and heard.is_act_all
        )
        if asked.without is not None and (skips or heard.pressed == "skip"):
            return self._next(with_slots(frame, **{asked.name: asked.without}))
        return None

    def _next(self, frame: Frame) -> Move:
        """The first question that is still open, else what it would all bring."""
        frame = self.form.settle(frame)
        notes = tuple(Say(one["key"], one["params"]) for one in frame.data.get("notes", []))
        frame = frame.having(notes=[])
        for slot in self.form.slots:
            call = slot.learning.call(frame) if slot.learning is not None else None
            if call is not None:
                return run(frame.having(step=slot.name), call, *notes, proposal=None)
            if slot.is_asked and slot.is_needed(frame) and _is_open(frame, slot):
                question, spoken_of = slot.ask(frame), self._spoken_of(frame)
                return ask(
                    frame.having(step=slot.name), question, *notes, proposal=None, **spoken_of
                )
        return self._propose(frame, *notes)

    # The proposal

    def _propose(self, frame: Frame, *says: Say) -> Move:
        call = Call(self.form.propose, dict(self.form.arguments(frame)))
        spoken_of = self._spoken_of(frame)
        return run(frame.having(step="confirm"), call, *says, proposal=None, **spoken_of)

    def _proposed(self, frame: Frame, result: Result) -> Move:
        if result.outcome == "refused":
            return self._refused(frame, result.data["refusals"])
        if result.outcome != "ok":
            return ask(_without_order(frame).having(step="order"), UNKNOWN, order_key=None)
        data = result.data
        shown = frame.having(proposal=data["proposal"], decision=data["decision"])
        says = self.form.shown(data)
        return ask(shown, self._question(shown), *says, proposal=self._wish(shown))

    def _question(self, frame: Frame) -> Question:
        name, proposal = self.form.name, frame.data["proposal"]
        buttons = (
            Button(f"confirm:{proposal}", f"button.do_{name}"),
            Button(f"decline:{proposal}", f"button.leave_{name}"),
            HUMAN,
        )
        say = Say(f"{name}.confirm_{frame.data['decision']}", buttons=buttons)
        return Question(Kind.CONFIRM, say)

    def _at_the_end(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        proposal = frame.data.get("proposal")
        for way, skill in (("confirm", "carry_out"), ("decline", "withdraw_proposal")):
            if heard.pressed is not None and pressed(heard, way) == proposal:
                return run(frame, Call(skill, {"proposal": proposal}))
        read = self._read(frame, heard, state)
        if _differs(read, frame):
            return self._next(read)
        return self._yes_or_no(frame, heard) if heard.pressed is None else None

    def _yes_or_no(self, frame: Frame, heard: Heard) -> Move | None:
        """Words that correct nothing: a yes, a no, or neither clearly."""
        proposal = {"proposal": frame.data.get("proposal")}
        if is_clear_yes(heard, self.intents):
            return run(frame, Call("carry_out", proposal))
        if is_no(heard) and (heard.act is not Act.LEAVE or self.form.leaves_on_cancel):
            return run(frame, Call("withdraw_proposal", proposal))
        if heard.act is Act.NO:
            return ask(frame, self._question(frame), Say("proposal.what_else"))
        if is_half_yes(heard) or heard.act is Act.LEAVE or heard.intent in self.intents:
            return ask(frame, self._question(frame), Say("proposal.unclear"))
        return None

    def _carried_out(self, frame: Frame, result: Result) -> Move:
        match result.outcome:
            case "ok":
                return finish(*self.form.done(result.data), ANYTHING_ELSE, proposal=None)
            case "already":
                return finish(Say("proposal.already", buttons=MENU), proposal=None)
            case "refused":
                return self._refused(frame, result.data["refusals"])
        return self._propose(frame, Say(f"proposal.{result.outcome}"))

    def _refused(self, frame: Frame, refusals: Sequence[Data]) -> Move:
        """Ask anew what stands in the way, where the customer can do something about it."""
        slot = next(
            (self.form.mends[one["code"]] for one in refusals if one["code"] in self.form.mends),
            None,
        )
        if slot is not None:
            open_again = with_slots(frame, **{slot: None})
            for one in refusals[:MOST_REFUSALS]:
                open_again = with_note(open_again, "refused.because", refusal=dict(one))
            move = self._next(open_again)
            if move.question is not None:  # a slot that nobody asks cannot be mended
                return move
        number = facts(frame).get("number", "")
        says = refusal(self.form.name, refusals, number=number)
        return finish(*says, proposal=self._wish(frame, refusals), refused=_told(refusals))

    def _wish(self, frame: Frame, refusals: Sequence[Data] = ()) -> dict[str, Any]:
        """What a colleague should know of it: codes, ids and numbers, no address."""
        slots = frame.data.get("slots", {})
        return {
            "wish": self.form.name,
            "order_key": frame.data.get("order_key"),
            "slots": {name: one for name, one in slots.items() if name != "address"},
            "failed_rules": [str(one.get("code")) for one in refusals],
        }


ANYTHING_ELSE: Final = Say("done.anything_else", buttons=MENU)


def _heard_anew(said: str, state: Dialogue, question: Question | None = None) -> Heard:
    """Words of before, or words heard against another question."""
    expecting = Expecting(question.kind, question.options) if question else None
    today = date.fromisoformat(state.today) if state.today else None
    return hear(said, language_hint=state.language, expecting=expecting, today=today)


def _also_said(frame: Frame, heard: Heard) -> Frame:
    """Keep the words until there are facts to read them against."""
    said = [*frame.data.get("said", []), _MAIL.sub(" ", heard.text)]
    return frame.having(said=[one for one in said if one.strip()][-MOST_SAID:])


def _without_order(frame: Frame, **data: Any) -> Frame:
    """What is wanted stays, of which order and of what in it is open again."""
    kept = {name: frame.data[name] for name in ("intent", "said") if name in frame.data}
    return Frame(frame.flow, {**kept, **data})


def another_order(frame: Frame, heard: Heard) -> str | None:
    """The order number in the words, if it is another than the one we are about.

    Bare digits are no order number here: they are house numbers, amounts and postal codes.
    """
    mine = frame.data.get("order_key")
    named = [key for key in heard.order_keys if not key.isdecimal()]
    return next((key for key in named if key != mine and not _is_same(key, mine)), None)


def _is_same(key: str, mine: str | None) -> bool:
    digits = "".join(filter(str.isdigit, key))
    return mine is not None and digits == "".join(filter(str.isdigit, mine))


def _is_open(frame: Frame, slot: Slot) -> bool:
    return value(frame, slot.name) is None or slot.lacks(frame)


def _differs(frame: Frame, other: Frame) -> bool:
    return bool(
        frame.data.get("slots", {}) != other.data.get("slots", {})
        or frame.data.get("notes", []) != other.data.get("notes", [])
    )


def _with_changes(move: Move, changes: Mapping[str, Any]) -> Move:
    return Move(
        move.frame,
        move.says,
        move.question,
        move.call,
        move.opens,
        {**move.changes, **changes},
        move.ends_all,
    )
