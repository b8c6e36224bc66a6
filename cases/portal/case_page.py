"""All that a customer may see of their own case: how it stands, what comes next, what was said.

It reads what is public alone; nothing here touches a case's own record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from cases import families, queries
from cases.after import answers
from cases.after import queries as asked
from cases.after import rules as after_rules
from cases.after.views import SurveyView
from cases.portal.words import NEXT_STEPS
from cases.sla import queries as answer_times
from cases.sla.clocks import Metric
from cases.states import ACTIVE, CaseState
from cases.taxonomy import queries as taxonomy
from cases.taxonomy.views import ValueView
from cases.views import CaseView
from oms_service.conversations import queries as conversations
from oms_service.conversations.channels import MAIL
from oms_service.conversations.states import AuthorKind
from oms_service.conversations.views import MessageView
from oms_service.customers import queries as customers
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Words
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.returns import queries as returns

#: Of mail, which is one thread for all matters of an address, only what people said. Notices are
#: no part of a conversation.
_IN_MAIL: Final = frozenset({AuthorKind.CUSTOMER, AuthorKind.AGENT})
_ANSWERS: Final = frozenset({Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.PROMISE})


@dataclass(frozen=True)
class PublicCasePage:
    """One case as its customer sees it.

    ``answer_by`` is when we mean to have answered; None where nobody waits for us or no answer
    was promised. ``settle_by`` is when we mean to be done, where no answer is due before.
    ``coming_back`` is the number of the return, exchange or claim that it is about. ``fields`` are
    those that the shop shows to customers. ``survey`` is what they may say of how it ended, while
    they may.
    """

    case: CaseView
    reason: Words
    order: OrderView | None
    fields: Sequence[ValueView]
    thread: Sequence[MessageView]
    answer_by: datetime | None
    settle_by: datetime | None
    coming_back: str
    reopens_until: datetime | None
    survey: SurveyView | None
    now: datetime

    @property
    def is_active(self) -> bool:
        return self.case.state in ACTIVE

    @property
    def may_accept(self) -> bool:
        return self.case.state is CaseState.RESOLVED

    @property
    def may_reject(self) -> bool:
        """Whether saying that it is not settled brings this very case back."""
        until = self.reopens_until
        return self.case.state is CaseState.RESOLVED and until is not None and self.now <= until

    @property
    def is_late(self) -> bool:
        """Whether an answer should have been given by now."""
        return self.answer_by is not None and self.answer_by < self.now

    @property
    def next_step(self) -> str:
        """What comes next, as a msgid."""
        return NEXT_STEPS[self.case.state]


@dataclass(frozen=True)
class CaseCard:
    """A case in the list."""

    number: str
    reason: Words
    state: CaseState
    opened_at: datetime
    order_number: str


def listed(session: Session, customer_id: int) -> list[CaseCard]:
    """A customer's own cases, the newest first; two queries."""
    found = queries.public_of_customer(session, customer_id)
    numbers = orders.numbers_of(session, {one.order_id for one in found if one.order_id})
    return [
        CaseCard(
            one.number, one.reason, one.state, one.opened_at, numbers.get(one.order_id or 0, "")
        )
        for one in found
    ]


def own(session: Session, number: str, customer_id: int) -> CaseView:
    """A customer's own case; of one that was merged, the case that stands for it.

    Raises:
        NotFound: unknown, somebody else's and internal ones alike.
    """
    return of_customer(session, queries.by_number(session, number).id, customer_id)


def of_customer(session: Session, case_id: int, customer_id: int) -> CaseView:
    """The case that stands for the one of that id.

    Raises:
        NotFound: as for ``own``; also once its customer is erased.
    """
    first = queries.by_id(session, case_id)
    case = queries.by_id(session, families.root_id(session, case_id))
    theirs = {first.customer_id, case.customer_id}
    if first.is_internal or case.is_internal or theirs != {customer_id}:
        raise NotFound("no such case")
    if customers.find(session, customer_id) is None:
        raise NotFound("no such case")
    return case


def read(session: Session, case: CaseView, *, now: datetime) -> PublicCasePage:
    """The page of a case; the number of queries does not grow with it."""
    held = after_rules.in_force(session)
    survey = asked.survey_of_case(session, case.id)
    may_answer = survey is not None and answers.is_open(survey, now=now)
    order = orders.by_ids(session, [case.order_id] if case.order_id else [])
    due = _due(session, case)
    answer_by = min((at for metric, at in due.items() if metric in _ANSWERS), default=None)
    settle_by = due.get(Metric.RESOLUTION)
    return PublicCasePage(
        case=case,
        reason=queries.reasons(session)[case.reason].public_name,
        order=order.get(case.order_id or 0),
        fields=taxonomy.public_values(session, case.id),
        thread=_thread(session, case),
        answer_by=answer_by,
        settle_by=settle_by if answer_by is None and settle_by and settle_by > now else None,
        coming_back=_coming_back(session, case),
        reopens_until=case.resolved_at + held.reopen_within if case.resolved_at else None,
        survey=survey if may_answer and case.state not in ACTIVE else None,
        now=now,
    )


def _thread(session: Session, case: CaseView) -> list[MessageView]:
    """What was said in this case, oldest first; only where the thread is the customer's own."""
    said: list[MessageView] = []
    family = families.member_ids(session, case.id)
    for conversation_id in families.conversation_ids(session, family):
        thread = conversations.by_id(session, conversation_id)
        if thread is None or thread.customer_id != case.customer_id:
            continue
        for one in conversations.thread(session, conversation_id):
            in_mail = one.author_kind in _IN_MAIL and one.at >= case.opened_at
            in_chat = thread.channel != MAIL and one.author_kind is not AuthorKind.NOTICE
            if one.text and (in_chat or in_mail):
                said.append(one)
    return sorted(said, key=lambda one: (one.at, one.id))


def _due(session: Session, case: CaseView) -> dict[Metric, datetime]:
    """When what is measured of an active case is due, as far as its clocks run."""
    if case.state not in ACTIVE:
        return {}
    clocks = answer_times.clocks(session, [case.id]).get(case.id, [])
    return {one.metric: one.due_at for one in clocks if one.is_open and one.due_at}


def _coming_back(session: Session, case: CaseView) -> str:
    if case.return_id is not None:
        return returns.by_id(session, case.return_id).number
    return str(case.wanted.get("claim_number", ""))
