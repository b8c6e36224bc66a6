"""What is proposed: written down with what it would bring, and the ways it can fail to be done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bots.dialogue.contracts.shapes import RefusalData
from bots.dialogue.turns import Data
from bots.proposing import service as proposals
from bots.proposing.service import NewProposal
from bots.skills.context import Context

Decision = Literal["at_once", "agent"]


class NoLonger(Exception):
    """What was shown does not hold any more; nothing may have been done."""


class NotAllowed(Exception):
    """The shop's rules say no by now; nothing may have been done."""

    def __init__(self, refusals: Sequence[RefusalData]) -> None:
        super().__init__("not allowed")
        self.refusals = list(refusals)


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A proposal its customer has agreed to. ``key`` is the same whenever it is done."""

    arguments: Mapping[str, Any] = field(hash=False)
    digest: str
    key: str
    order_id: int | None
    customer_id: int


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done; ``facts`` are numbers, codes and money, nothing personal.

    ``told`` is said besides, and kept nowhere: links that open something for whoever has them.
    """

    decision: Decision
    order_number: str | None = None
    case_number: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    told: Mapping[str, Any] = field(default_factory=dict, hash=False)


Doer = Callable[[Context, Agreed], Done]
"""Does one kind of proposal within the message's transaction.

It raises ``NoLonger`` or ``NotAllowed`` instead of doing half of it; what it wrote before is
undone.
"""


def propose(  # noqa: PLR0913 - by name, each a thing that a proposal has
    context: Context,
    customer_id: int,
    *,
    kind: str,
    order_id: int | None,
    arguments: Mapping[str, Any],
    digest: str,
    decision: Decision,
    shown: Data,
) -> dict[str, Any]:
    """Write a proposal down; what it shows, with its id and who decides about it.

    Args:
        context: where it is shown.
        customer_id: to whom.
        kind: one of ``carrying_out.DOERS``.
        order_id: the order it is about.
        arguments: all that doing it takes, as plain JSON.
        digest: names what it would bring: it is not done once that is something else.
        decision: whether it is done at once or left to a colleague.
        shown: what the skill answers with besides.
    """
    made = proposals.make(
        context.uow,
        NewProposal(
            conversation_id=context.conversation.id,
            customer_id=customer_id,
            message_id=context.message_id,
            order_id=order_id,
            kind=kind,
            arguments=arguments,
            shown=shown,
            digest=digest,
        ),
    )
    return {**shown, "proposal": made.public_id, "decision": decision}
