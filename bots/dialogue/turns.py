"""The values of a conversation: its state, what is said, what is called. All of it JSON-able."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, TypeAlias

from bots.understanding.heard import Expecting, Kind, Option
from oms_service.kernel.languages import Language

Data: TypeAlias = Mapping[str, Any]
"""Plain values as JSON has them: no tuples, no dates, no dataclasses."""

#: Raised when the stored form changes; a state of another version cannot be read.
VERSION: Final = 1


class UnreadableDialogue(ValueError):
    """A stored dialogue is of another version or damaged: begin anew."""


@dataclass(frozen=True)
class Button:
    """``value`` comes back through ``understanding.press``; the label is text ``key``."""

    value: str
    key: str
    params: Data = field(default_factory=dict)


@dataclass(frozen=True)
class Say:
    """One paragraph: the key of a text and its parameters, rendered by ``replies.render``."""

    key: str
    params: Data = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Question:
    """What was asked last, so that it can be read against, repeated and asked again."""

    kind: Kind
    say: Say
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One open flow: its name and what it has gathered."""

    flow: str
    data: Data = field(default_factory=dict)

    def having(self, **changes: Any) -> "Frame":
        return replace(self, data={**self.data, **changes})

    @property
    def step(self) -> str:
        return str(self.data.get("step", ""))


@dataclass(frozen=True)
class Call:
    """A skill the caller is asked to run; see ``calls.SKILLS``."""

    skill: str
    arguments: Data = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What came of a call."""

    skill: str
    outcome: str
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """Everything the conversation remembers.

    It holds no proof of who somebody is: no mail, phone or postal code that was given as one. An
    address to send something to stays as long as the wish it belongs to.
    """

    language: Language
    frames: tuple[Frame, ...] = ()
    question: Question | None = None
    order_key: str | None = None
    """The order last spoken of."""
    product: str | None = None
    """The code of the product last spoken of."""
    item: Data | None = None
    """The one item last spoken of: ``order_key`` and ``line_id``."""
    proposal: Data | None = None
    """What was shown for confirmation, or could not be done: only this may be requested, and a
    colleague who takes over learns it."""
    waiting: tuple[Data, ...] = ()
    """Further wishes of the same message, to be taken up in turn: ``flow`` and its ``data``."""
    today: str | None = None
    """The day of the shop's zone on which the last message came, as ISO has it."""
    doubt: Data | None = None
    """What else the last message could have meant, as ``clarify`` asks it: offered below what is
    answered to that message, and forgotten with the next."""
    refused: tuple[Data, ...] = ()
    """Why the last wish could not be, as the rules say it: for whoever asks why."""
    misses: int = 0
    calls: int = 0
    """Calls since something was last said."""
    pending: str | None = None
    """The skill whose result is awaited."""
    is_identified: bool = False
    is_caught_up: bool = False
    """Whether it was looked for what the customer had begun on another channel."""
    is_greeted: bool = False
    is_muted: bool = False
    """A person owns the conversation: the bot is silent."""

    @property
    def top(self) -> Frame | None:
        return self.frames[-1] if self.frames else None

    @property
    def expecting(self) -> Expecting | None:
        """What to hear the next words against."""
        return Expecting(self.question.kind, self.question.options) if self.question else None


@dataclass(frozen=True)
class Turn:
    """The next state, the paragraphs of one message, and a skill to run, if any.

    When there is a call, run it and give its result to ``step`` with this state; what that
    turn says continues the same message.
    """

    state: Dialogue
    says: tuple[Say, ...] = ()
    call: Call | None = None


def encode(state: Dialogue) -> dict[str, Any]:
    return {
        "version": VERSION,
        "language": str(state.language),
        "frames": [{"flow": frame.flow, "data": dict(frame.data)} for frame in state.frames],
        "question": _question_out(state.question),
        "order_key": state.order_key,
        "product": state.product,
        "item": dict(state.item) if state.item is not None else None,
        "proposal": dict(state.proposal) if state.proposal is not None else None,
        "waiting": [dict(one) for one in state.waiting],
        "today": state.today,
        "doubt": dict(state.doubt) if state.doubt is not None else None,
        "refused": [dict(one) for one in state.refused],
        "misses": state.misses,
        "calls": state.calls,
        "pending": state.pending,
        "is_identified": state.is_identified,
        "is_caught_up": state.is_caught_up,
        "is_greeted": state.is_greeted,
        "is_muted": state.is_muted,
    }


def decode(stored: Data) -> Dialogue:
    """The state that ``encode`` wrote.

    Raises:
        UnreadableDialogue: another version, or not a state at all.
    """
    if stored.get("version") != VERSION:
        raise UnreadableDialogue(f"version {stored.get('version')!r}")
    try:
        return Dialogue(
            language=Language(stored["language"]),
            frames=tuple(Frame(frame["flow"], frame["data"]) for frame in stored["frames"]),
            question=_question_in(stored["question"]),
            order_key=stored["order_key"],
            product=stored.get("product"),
            item=stored.get("item"),
            proposal=stored["proposal"],
            waiting=tuple(stored.get("waiting", ())),
            today=stored.get("today"),
            doubt=stored.get("doubt"),
            refused=tuple(stored.get("refused", ())),
            misses=stored["misses"],
            calls=stored["calls"],
            pending=stored["pending"],
            is_identified=stored["is_identified"],
            is_caught_up=stored.get("is_caught_up", False),
            is_greeted=stored["is_greeted"],
            is_muted=stored["is_muted"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableDialogue(str(error)) from error


def _question_out(question: Question | None) -> dict[str, Any] | None:
    if question is None:
        return None
    return {
        "kind": str(question.kind),
        "say": {
            "key": question.say.key,
            "params": dict(question.say.params),
            "buttons": [
                {"value": button.value, "key": button.key, "params": dict(button.params)}
                for button in question.say.buttons
            ],
        },
        "options": [asdict(option) for option in question.options],
    }


def _question_in(stored: Data | None) -> Question | None:
    if stored is None:
        return None
    say = stored["say"]
    buttons = tuple(Button(**button) for button in say["buttons"])
    return Question(
        Kind(stored["kind"]),
        Say(say["key"], say["params"], buttons),
        tuple(Option(**option) for option in stored["options"]),
    )
