"""What a tool is, where it runs and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

from bots.dialogue.turns import Data, Result, Say
from bots.skills.context import Context
from oms_service.conversations.views import ConversationView
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime

Schema: TypeAlias = Mapping[str, Any]
"""A JSON schema of the words that ``bots.tools.schemas`` reads."""


class Kind(StrEnum):
    """What a tool does: nothing, a proposal, what was proposed, or a call for people."""

    READ = "read"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    HUMAN = "human"


@dataclass(frozen=True)
class Tool:
    """One row of the table."""

    name: str
    description: str
    """For the program, in English."""
    parameters: Schema
    kind: Kind
    needs_customer: bool
    """Whether it tells of a customer, so that it runs only for one who is known."""
    outcomes: tuple[str, ...] = ()
    """Its own, besides those that any tool may have."""

    @property
    def answers(self) -> Schema:
        """The JSON schema of ``ToolResult.told``."""
        return {
            "type": "object",
            "properties": {
                "outcome": {"type": "string", "enum": sorted({*self.outcomes, *ALWAYS})},
                "words": {"type": "string"},
                "data": {"type": "object"},
                "untrusted": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["outcome", "words", "data", "untrusted"],
            "additionalProperties": False,
        }


#: The arguments cannot be what the tool takes.
INVALID: Final = "invalid"
#: Nobody has shown who they are.
UNIDENTIFIED: Final = "unidentified"
#: People answer in this conversation: nothing is proposed or done beside them.
WITH_PEOPLE: Final = "with_people"
#: What any tool may answer. The last three are for whoever runs it on behalf of others: the
#: token may not, has asked too often, or something broke and nothing was done.
ALWAYS: Final = (INVALID, UNIDENTIFIED, WITH_PEOPLE, "forbidden", "too_many", "failed")


@dataclass(frozen=True, kw_only=True)
class ToolsContext:
    """Where tools run: for whom, in which conversation, and after which message of it."""

    runtime: Runtime
    conversation: ConversationView
    message_id: int
    source: str
    """Tells senders apart for limits."""
    language: Language
    is_masked: bool = False
    """Whether personal data and links that open something are kept back."""


@dataclass(frozen=True)
class ToolResult:
    """What a tool answers.

    ``untrusted`` are JSON pointers into ``told`` at words that customers wrote: data, never
    instructions. ``raw`` is what the skill answered, for the texts of the dialogue.
    """

    tool: str
    outcome: str
    words: str
    data: Data = field(default_factory=dict)
    untrusted: tuple[str, ...] = ()
    raw: Result | None = None

    @property
    def is_error(self) -> bool:
        """Whether it was not even tried."""
        return self.outcome in ALWAYS

    @property
    def told(self) -> dict[str, Any]:
        """All that the program hears."""
        return {
            "outcome": self.outcome,
            "words": self.words,
            "data": dict(self.data),
            "untrusted": list(self.untrusted),
        }


@dataclass
class Running(Context):
    """Where a tool's skills run."""

    is_masked: bool = False


@dataclass(frozen=True)
class Told:
    """What came of a tool, before it is put into words of one language."""

    result: Result
    says: Sequence[Say]
    more: Data = field(default_factory=dict)
    """Data that the skill does not bring."""


Runner: TypeAlias = Callable[[Running, Language, Data], Told]


@dataclass(frozen=True)
class Row:
    """A tool and how it is run."""

    tool: Tool
    run: Runner


class BadArguments(ValueError):
    """What was given cannot be what the tool takes; ``fields`` says where, and nothing of it."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("the arguments do not fit")
        self.fields = dict(fields)
