"""Where a skill runs and who for, and the few shapes that several of them answer with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bots.dialogue.contracts.shapes import MoneyData, RefusalData
from bots.dialogue.turns import Data, Result
from oms_service.conversations import service as conversations
from oms_service.conversations.views import ConversationView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.rules import reasons
from oms_service.operations.rules.eligibility import Cause, Decision
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.runtime import Runtime

#: For so long a conversation remembers who writes in it; then it asks again.
PROOF_KEPT: Final = timedelta(hours=12)


@dataclass
class Context:
    """Where a skill runs. ``source`` tells senders apart for limits."""

    runtime: Runtime
    uow: UnitOfWork
    conversation: ConversationView
    message_id: int
    source: str

    @property
    def customer_id(self) -> int | None:
        """Who writes, as long as their proof holds."""
        shown = self.conversation.identified_at
        is_fresh = shown is not None and self.uow.now - shown < PROOF_KEPT
        return self.conversation.customer_id if is_fresh else None

    def identified(self, customer_id: int) -> None:
        conversations.identify(self.uow, self.conversation.id, customer_id)
        self.conversation = conversations.lock(self.uow, self.conversation.id)


Skill = Callable[[Context, Data], Result]


class Needs(StrEnum):
    """What somebody must have shown before a skill runs for them."""

    NOTHING = "nothing"
    KNOWN_CUSTOMER = "known_customer"


@dataclass(frozen=True)
class Declared:
    """A skill that says whom it is for; every row of the table is one."""

    run: Skill
    needs: Needs

    def __call__(self, context: Context, given: Data) -> Result:
        return self.run(context, given)


def public(skill: Skill) -> Declared:
    """A skill for everybody: it says nothing of anybody, whatever it is asked."""
    return Declared(skill, Needs.NOTHING)


def known_customer(skill: Callable[[Context, Data, int], Result]) -> Declared:
    """Let a skill run only for somebody who has shown who they are."""

    def run(context: Context, given: Data) -> Result:
        customer_id = context.customer_id
        if customer_id is None:
            return Result(skill.__name__, "unidentified")
        return skill(context, given, customer_id)

    return Declared(run, Needs.KNOWN_CUSTOMER)


def own(context: Context, given: Data, customer_id: int) -> OrderView | None:
    try:
        return orders.own(context.uow.session, given["order_key"], customer_id)
    except NotFound:
        return None


def refusals(decision: Decision) -> list[RefusalData]:
    """Each reason once, whatever the number of lines it stands against."""
    found = [refusal(line.causes[0]) for line in decision.refused]
    return [one for index, one in enumerate(found) if one not in found[:index]]


def refusal(cause: Cause) -> RefusalData:
    return {
        "code": cause.code,
        "text": {str(language): reasons.say(cause, language) for language in Language},
    }


def money(amount: Money) -> MoneyData:
    return {"minor": amount.minor, "currency": amount.currency}
