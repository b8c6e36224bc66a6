"""All that the page of a case shows, read in a number of queries that does not grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cases import families, progress, queries
from cases.merging import queries as merged
from cases.sla import queries as answer_times
from cases.sla.queries import ClockView
from cases.states import ACTIVE, EntryKind
from cases.views import CaseView, EntryView
from cases.words import RULES
from oms_service.access import queries as access
from oms_service.access.queries import StaffView
from oms_service.access.states import ScopeKind
from oms_service.conversations import queries as conversations
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.customers import queries as customers
from oms_service.customers.queries import CustomerView
from oms_service.history import queries as history
from oms_service.history import tracking
from oms_service.history.steps import Step
from oms_service.history.tracking import Tracking
from oms_service.inventory import queries as stock
from oms_service.inventory.queries import Availability
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.languages import Words
from oms_service.kernel.money import Money
from oms_service.orders import queries as orders
from oms_service.orders.policy import Sums
from oms_service.orders.queries import LineView, OrderSummary, OrderView
from oms_service.payments import queries as payments
from oms_service.payments.queries import RefundView
from oms_service.ports.timeline import Entry
from oms_service.returns import queries as returns
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ReturnState
from oms_service.runtime import Runtime


@dataclass(frozen=True)
class OrderPanel:
    """The order beside the case."""

    order: OrderView
    tracking: Tracking
    lines: Sequence[LineView]
    sums: Sums
    refunds: Sequence[RefundView]
    returns: Sequence[ReturnView]
    #: Units that are free now, by variant.
    stock: Mapping[int, Availability]

    @property
    def paid(self) -> Money:
        return Money(self.sums.captured, self.order.total.currency)

    @property
    def refunded(self) -> Money:
        return Money(self.sums.refunded, self.order.total.currency)

    def steps(self) -> list[tuple[Step, str]]:
        """Each step of the way and how it stands."""
        return progress.line(self.tracking.step)


@dataclass(frozen=True)
class Line:
    """One line of the thread: a message that went to or came from the customer, or an entry."""

    at: datetime
    kind: str
    who: str
    text: str
    language: str = ""
    entry: EntryView | None = None
    state: str = ""
    is_pressed: bool = False
    #: What came with it: ``id``, ``name`` and ``is_picture`` of each.
    files: Sequence[Mapping[str, object]] = ()
    #: Of a message that did not reach the customer: what its transport said last.
    undelivered: str | None = None
    #: Of what came by mail: ``from``, ``trust``, ``rest`` and ``left_out``.
    mail: Mapping[str, Any] | None = None
    subject: str = ""


@dataclass(frozen=True)
class CasePage:
    """The whole page."""

    case: CaseView
    reason: Words
    customer: CustomerView | None
    assignee: str
    conversation: ConversationView | None
    thread: Sequence[Line]
    wanted_lines: Sequence[tuple[LineView, int]]
    asked: ReturnView | None
    panel: OrderPanel | None
    others: Sequence[OrderSummary]
    staff: Sequence[StaffView]
    names: Mapping[int, str]
    clocks: Sequence[ClockView]
    now: datetime

    @property
    def is_active(self) -> bool:
        return self.case.state in ACTIVE

    @property
    def may_decide(self) -> bool:
        """Whether a return waits for a word."""
        return self.asked is not None and self.asked.state is ReturnState.REQUESTED

    @property
    def asked_in(self) -> Line | None:
        """What the customer last wrote in words of their own; a pressed button says less."""
        own = (one for one in reversed(self.thread) if one.kind == "customer")
        return next((one for one in own if not one.is_pressed), None)

    @property
    def rule(self) -> str:
        """What the rule says, as a msgid; empty where none failed."""
        return RULES.get(self.case.failed_rule, "")

    def colleagues(self, me: int) -> list[StaffView]:
        """Who else may be given this case, in order of their names."""
        others = (one for one in self.staff if one.id not in {me, self.case.assignee_id})
        may = (
            one
            for one in others
            if one.is_active
            and one.may("cases:work")
            and one.reaches(ScopeKind.QUEUE, self.case.queue_id)
        )
        return sorted(may, key=lambda one: one.name)

    def name_of(self, ref: str) -> str:
        """A colleague's name; empty for others, and where nobody is named."""
        return named(ref, self.names)


def read(runtime: Runtime, session: Session, number: str) -> CasePage:
    """The page of one case.

    Raises:
        NotFound: there is none.
    """
    case = queries.by_number(session, number)
    staff = access.all_staff(session)
    names = {one.id: one.name for one in staff}
    customer = customers.find(session, case.customer_id) if case.customer_id else None
    where = families.answered_in(session, case.id, case.conversation_id)
    thread = conversations.by_id(session, where) if where else None
    said = merged.messages(session, case.id)
    panel = panel_of(runtime, session, case.order_id) if case.order_id else None
    others = orders.summaries(session, case.customer_id, limit=6) if case.customer_id else ()
    quantities = queries.lines(session, case.id) if panel else {}
    asked = _asked(session, case, panel)
    return CasePage(
        case=case,
        reason=queries.reasons(session)[case.reason].name,
        customer=customer,
        assignee=names.get(case.assignee_id or 0, ""),
        conversation=thread,
        thread=_merged(said, queries.entries(session, case.id), names, _undelivered(session, said)),
        wanted_lines=[
            (line, quantities[line.id])
            for line in (panel.lines if panel else ())
            if line.id in quantities
        ],
        asked=asked,
        panel=panel,
        others=[one for one in others if one.order.id != case.order_id],
        staff=staff,
        names=names,
        clocks=answer_times.clocks(session, [case.id]).get(case.id, []),
        now=runtime.clock.now(),
    )


def _asked(session: Session, case: CaseView, panel: OrderPanel | None) -> ReturnView | None:
    """The return that a case is about; mostly it is one of its order."""
    if case.return_id is None:
        return None
    known = (one for one in (panel.returns if panel else ()) if one.id == case.return_id)
    return next(known, None) or returns.by_id(session, case.return_id)


def panel_of(runtime: Runtime, session: Session, order_id: int) -> OrderPanel:
    """An order as it stands beside a case.

    Raises:
        NotFound: there is no such order.
    """
    order = orders.by_id(session, order_id)
    lines = orders.lines(session, order_id)
    found = tracking.track_all(session, runtime.adapters, [order], now=runtime.clock.now())
    return OrderPanel(
        order=order,
        tracking=found[order_id],
        lines=lines,
        sums=payments.sums(session, order_id),
        refunds=payments.refunds(session, order_id),
        returns=returns.of_orders(session, [order_id]),
        stock=stock.to_promise(session, {one.variant_id for one in lines if one.variant_id}),
    )


def past(runtime: Runtime, session: Session, case: CaseView) -> Sequence[Entry]:
    """The order's whole past, newest first; of a case without an order the customer's."""
    if case.order_id is not None:
        return history.timeline(session, runtime.timeline, case.order_id)[::-1]
    if case.customer_id is not None:
        return history.for_customer(session, runtime.timeline, case.customer_id)[::-1]
    return ()


def _undelivered(session: Session, said: Sequence[MessageView]) -> Mapping[int, str]:
    """What transports said last of messages that were tried and have not arrived."""
    stuck = {DeliveryState.QUEUED, DeliveryState.FAILED}
    ids = [one.id for one in said if one.state in stuck]
    if not ids:
        return {}
    return {key: one.detail for key, one in conversations.last_tries(session, ids).items()}


def _merged(
    said: Sequence[MessageView],
    entries: Sequence[EntryView],
    names: Mapping[int, str],
    undelivered: Mapping[int, str],
) -> list[Line]:
    """Messages and the case's own record in one thread, oldest first.

    A reply is shown by its message, so its entry is left out.
    """
    lines = [
        Line(
            at=one.at,
            kind=str(one.author_kind),
            who=named(one.author, names),
            text=one.text,
            language=str(one.language),
            state=str(one.state or ""),
            is_pressed="choice" in one.extra,
            files=one.extra.get("files", ()),
            undelivered=undelivered.get(one.id),
            mail=one.extra.get("mail"),
            subject=one.subject,
        )
        for one in said
    ]
    lines += [
        Line(
            at=one.at,
            kind="note" if one.kind is EntryKind.NOTE else "entry",
            who=named(one.actor, names),
            text=one.text,
            entry=one,
        )
        for one in entries
        if one.kind is not EntryKind.REPLIED and one.data.get("what") != "message"
    ]
    return sorted(lines, key=lambda line: line.at)


def named(ref: str, names: Mapping[int, str]) -> str:
    """A colleague's name; empty for others, and where nobody is named."""
    if not ref:
        return ""
    actor = Actor.from_ref(ref)
    return names.get(int(actor.id), "") if actor.kind is ActorKind.STAFF and actor.id else ""
