"""All that the page of a customer shows, read in a number of queries that does not grow."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from cases import queries as cases
from cases import reach
from cases.finding import queries as finding
from cases.finding.queries import Line, Viewer
from cases.states import ACTIVE
from cases.views import Note, ReasonView
from oms_service.access import queries as access
from oms_service.access.queries import StaffView
from oms_service.conversations import queries as conversations
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.customers.addresses import Kept
from oms_service.customers.queries import CustomerView, Known
from oms_service.customers.states import IdentityKind
from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderSummary
from oms_service.orders.states import OrderState
from oms_service.payments import queries as payments
from oms_service.returns import claim_queries as claims
from oms_service.returns import queries as returns
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ReturnState

#: So many orders, cases and conversations are shown; the others are found by the lists.
MOST: Final = 20
#: Identities of ours, that say nothing to a colleague.
_INNER: Final = frozenset({IdentityKind.EXTERNAL, IdentityKind.GUEST})
_OPEN_ORDERS: Final = frozenset({OrderState.PLACED, OrderState.ON_HOLD})
_OPEN_RETURNS: Final = frozenset(
    {
        ReturnState.REQUESTED,
        ReturnState.APPROVED,
        ReturnState.IN_TRANSIT,
        ReturnState.PARTLY_RECEIVED,
    }
)


@dataclass(frozen=True)
class CustomerPage:
    """The whole page. Personal data in it is masked where it is shown."""

    person: CustomerView
    known: Sequence[Known]
    addresses: Sequence[Kept]
    orders: Sequence[OrderSummary]
    order_count: int
    kept: Sequence[Money]
    cases: Sequence[Line]
    reasons: Mapping[str, ReasonView]
    talks: Sequence[ConversationView]
    talk_cases: Mapping[int, str]
    last_words: Mapping[int, str]
    returns: Sequence[ReturnView]
    claims: Sequence[ClaimView]
    numbers: Mapping[int, str]
    notes: Sequence[Note]
    names: Mapping[int, str]

    @property
    def open_cases(self) -> list[Line]:
        return [one for one in self.cases if one.state in ACTIVE]

    @property
    def open_orders(self) -> list[OrderSummary]:
        return [one for one in self.orders if one.order.order_state in _OPEN_ORDERS]

    @property
    def open_returns(self) -> list[ReturnView]:
        return [one for one in self.returns if one.state in _OPEN_RETURNS]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is to be done for them now."""
        return not (self.open_cases or self.open_orders or self.open_returns)


def read(session: Session, customer_id: int, me: StaffView, viewer: Viewer) -> CustomerPage:
    """The page of one customer, or of whom they were merged into.

    Raises:
        NotFound: there is none, or nothing is kept of them any more.
    """
    person = _person(session, customer_id)
    summaries = orders.summaries(session, person.id, limit=MOST)
    currencies = orders.currencies_of_customer(session, person.id)
    found = finding.of_customer(session, person.id, viewer, limit=MOST)
    talks = conversations.of_customer(session, person.id, limit=MOST)
    talk_cases = cases.numbers_of_conversations(session, [one.id for one in talks])
    if me.queues:  # what was said belongs to who works on it
        mine = {one.number for one in found}
        talks = [one for one in talks if talk_cases.get(one.id) in mine]
    sent_back = returns.of_orders(session, list(currencies))
    claimed = claims.of_orders(session, list(currencies))
    about = {one.order_id for one in sent_back} | {one.order_id for one in claimed}
    return CustomerPage(
        person=person,
        known=[
            one
            for one in customers.identities(session, customers.family(session, person.id))
            if one.kind not in _INNER
        ],
        addresses=addresses.book(session, person.id),
        orders=summaries,
        order_count=len(currencies),
        kept=_kept(session, currencies),
        cases=found,
        reasons=cases.reasons(session),
        talks=talks,
        talk_cases=talk_cases,
        last_words=conversations.last_words(session, [one.id for one in talks]),
        returns=sorted(sent_back, key=lambda one: one.requested_at, reverse=True)[:MOST],
        claims=sorted(claimed, key=lambda one: one.requested_at, reverse=True)[:MOST],
        numbers=orders.numbers_of(session, about),
        notes=cases.notes(session, [one.case_id for one in found]),
        names=access.staff_names(session),
    )


def talk(
    session: Session, customer_id: int, public_id: str, me: StaffView
) -> tuple[CustomerView, ConversationView, Sequence[MessageView]]:
    """One conversation of a customer as it was held, its last messages oldest first.

    Raises:
        NotFound: there is none, it is not of this customer, or it is of others' queues.
    """
    person = _person(session, customer_id)
    found = conversations.by_public_id(session, public_id)
    if found is None or found.customer_id != person.id:
        raise NotFound("no such conversation")
    if me.queues:
        case = cases.latest_of_conversation(session, found.id)
        if case is None or not reach.those(session, [case.id], me):
            raise NotFound("no such conversation")
    return person, found, conversations.thread(session, found.id)


def _person(session: Session, customer_id: int) -> CustomerView:
    person = customers.find(session, customer_id)
    if person is None:
        raise NotFound("no such customer")
    return person


def _kept(session: Session, currencies: Mapping[int, str]) -> list[Money]:
    """What the shop has kept of their money so far, by currency, the largest first."""
    found: dict[str, int] = defaultdict(int)
    for order_id, sums in payments.sums_of(session, list(currencies)).items():
        found[currencies[order_id]] += sums.kept
    return [Money(minor, code) for code, minor in sorted(found.items(), key=lambda one: -one[1])]
