"""Doing what was proposed: once, for the one it was shown to, if it still holds."""

from collections.abc import Mapping
from typing import Any, Final

from bots.dialogue.turns import Data, Result
from bots.proposing import service as proposals
from bots.proposing.service import ProposalView
from bots.proposing.states import ProposalState
from bots.skills import changing, claiming, reporting, returning
from bots.skills.context import Context, Skill, known_customer
from bots.skills.proposing import Agreed, Doer, NoLonger, NotAllowed

#: What can be proposed, by its kind.
DOERS: Final[Mapping[str, Doer]] = {
    **changing.DOERS,
    **returning.DOERS,
    **claiming.DOERS,
    **reporting.DOERS,
}


def carry_out(  # noqa: PLR0911 - one for each outcome
    context: Context, given: Data, customer_id: int
) -> Result:
    """Do it, unless it was done, replaced, or its time is over; twice at once it is done once."""
    found = _held(context, given, customer_id)
    if found is None:
        return Result("carry_out", "unknown")
    if found.state is ProposalState.DONE:
        return Result("carry_out", "already", found.outcome)
    if found.state is not ProposalState.OPEN:
        return Result("carry_out", "replaced")
    if found.is_expired:
        return Result("carry_out", "expired")
    agreed = Agreed(
        arguments=found.arguments,
        digest=found.digest,
        key=f"proposal:{found.id}",
        order_id=found.order_id,
        customer_id=customer_id,
    )
    uow = context.uow
    told, topics = len(uow.emitted), len(uow.topics)
    try:
        with uow.session.begin_nested():
            done = DOERS[found.kind](context, agreed)
    except (NoLonger, NotAllowed) as error:
        del uow.emitted[told:], uow.topics[topics:]
        _end(context, found, ProposalState.REPLACED)
        if isinstance(error, NotAllowed):
            return Result("carry_out", "refused", {"refusals": error.refusals})
        return Result("carry_out", "changed")
    outcome = {
        "kind": found.kind,
        "decision": done.decision,
        "order_number": done.order_number,
        "case_number": done.case_number,
        "facts": dict(done.facts),
    }
    _end(context, found, ProposalState.DONE, outcome)
    facts = {**done.facts, **done.told}
    return Result("carry_out", "ok", {**outcome, "facts": facts})


def withdraw_proposal(context: Context, given: Data, customer_id: int) -> Result:
    """They said no: it is never done."""
    found = _held(context, given, customer_id)
    if found is not None:
        _end(context, found, ProposalState.WITHDRAWN)
    return Result("withdraw_proposal", "ok")


def proposal_standing(context: Context, given: Data, customer_id: int) -> Result:
    """What holds now of something that was shown before; nothing is done."""
    found = _held(context, given, customer_id)
    if found is None:
        return Result("proposal_standing", "unknown")
    if found.state is ProposalState.DONE:
        return Result("proposal_standing", "done", found.outcome)
    is_over = found.state is ProposalState.OPEN and found.is_expired
    return Result("proposal_standing", "expired" if is_over else str(found.state))


def _held(context: Context, given: Data, customer_id: int) -> ProposalView | None:
    return proposals.take(
        context.uow,
        given["proposal"],
        conversation_id=context.conversation.id,
        customer_id=customer_id,
    )


def _end(
    context: Context,
    found: ProposalView,
    state: ProposalState,
    outcome: Mapping[str, Any] | None = None,
) -> None:
    proposals.end(context.uow, found.id, state, message_id=context.message_id, outcome=outcome)


SKILLS: Final[Mapping[str, Skill]] = {
    "carry_out": known_customer(carry_out),
    "withdraw_proposal": known_customer(withdraw_proposal),
    "proposal_standing": known_customer(proposal_standing),
}
