"""How satisfied somebody was with a case: asked once it is answered, answered until a day."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from cases import queries, service
from cases.after import queries as asked
from cases.after import rules, surveys
from cases.after.answers import TooLate
from cases.after.states import AskState
from cases.after.views import SurveyView
from oms_service.access.states import Role
from oms_service.customers.models import Consent
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.afterwards import Settled, make_settled, settle
from tests.factories.cases import make_agent, make_case
from tests.fakes.clock import StandingClock


@pytest.fixture
def settled(runtime: Runtime) -> Settled:
    made = make_settled(runtime)
    drain(runtime)
    return made


def surveys_of(runtime: Runtime, settled: Settled) -> tuple[SurveyView, ...]:
    with runtime.database.looking() as session:
        return asked.surveys_of_case(session, settled.case.id)


def ask(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return surveys.ask_due(uow)


def events(runtime: Runtime, name: str) -> list[dict[str, object]]:
    with runtime.database.looking() as session:
        query = text("SELECT payload FROM outbox WHERE name = :name ORDER BY id")
        return list(session.execute(query, {"name": name}).scalars())


def asked_one(runtime: Runtime, clock: StandingClock, settled: Settled) -> SurveyView:
    clock.advance(hours=1)
    ask(runtime)
    (one,) = surveys_of(runtime, settled)
    return one


def test_it_is_asked_an_hour_after_the_end_and_not_before(
    runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    (planned,) = surveys_of(runtime, settled)
    assert (planned.state, planned.round) == (AskState.WAITING, 1)
    assert planned.assignee_id == settled.agent_id
    clock.advance(minutes=59)
    assert ask(runtime) == 0
    clock.advance(minutes=1)
    assert ask(runtime) == 1
    assert ask(runtime) == 0
    (one,) = surveys_of(runtime, settled)
    assert (one.state, one.asked_at) == (AskState.ASKED, clock.now())
    assert len(events(runtime, "satisfaction.asked")) == 1


def test_nobody_is_asked_about_what_was_no_answer(runtime: Runtime, settled: Settled) -> None:
    made = []
    for reason, code, answers, why in (
        ("refund", "duplicate", True, "ending"),
        ("payment", "no_answer", True, "ending"),
        ("damaged", "answered", False, "unanswered"),
    ):
        with runtime.unit_of_work(SYSTEM) as uow:
            case = make_case(
                uow, reason=reason, order_id=settled.order.id, customer_id=settled.customer_id
            )
        settle(runtime, case, settled.agent_id, code, answers=answers)
        made.append((case.id, why))
    drain(runtime)
    with runtime.database.looking() as session:
        for case_id, why in made:
            (one,) = asked.surveys_of_case(session, case_id)
            assert (one.state, one.why) == (AskState.SKIPPED, why)


def test_a_case_that_came_back_is_asked_about_once_it_ends_again(
    runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    with runtime.unit_of_work(staff(settled.agent_id)) as uow:
        service.reopen(uow, settled.case.id)
    drain(runtime)
    clock.advance(hours=2)
    assert ask(runtime) == 0
    with runtime.database.looking() as session:
        case = queries.by_id(session, settled.case.id)
    settle(runtime, case, settled.agent_id)
    drain(runtime)
    clock.advance(hours=1)
    assert ask(runtime) == 1
    first, second = surveys_of(runtime, settled)
    assert (first.state, first.why) == (AskState.SKIPPED, "reopened")
    assert (second.state, second.round) == (AskState.ASKED, 2)


def test_one_customer_is_not_asked_twice_within_the_days(
    runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        again = make_case(
            uow, reason="refund", order_id=settled.order.id, customer_id=settled.customer_id
        )
    settle(runtime, again, settled.agent_id)
    drain(runtime)
    clock.advance(hours=1)
    assert ask(runtime) == 2
    with runtime.database.looking() as session:
        states = [
            one.why or str(one.state)
            for case_id in (settled.case.id, again.id)
            for one in asked.surveys_of_case(session, case_id)
        ]
    assert states[0] == "asked"
    # The second answer went by mail, which has not left: it is waited for, not asked about.
    assert states[1] == "lately"


def test_who_refuses_questions_is_not_asked(
    runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            Consent(
                customer_id=settled.customer_id,
                channel="portal",
                purpose=surveys.PURPOSE,
                granted=False,
                source="a test",
                at=uow.now,
            )
        )
    assert asked_one(runtime, clock, settled).why == "refused"
    assert events(runtime, "satisfaction.asked") == []


def test_the_last_answer_counts_until_the_deadline(
    runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    one = asked_one(runtime, clock, settled)
    by = customer(settled.customer_id)
    for score, words in ((5, "早かった"), (5, "早かった"), (4, "")):
        with runtime.unit_of_work(by) as uow:
            surveys.answer(uow, one.id, score=score, words=words, on="link")
    (now,) = surveys_of(runtime, settled)
    assert (now.state, now.score, now.words) == (AskState.ANSWERED, 4, "")
    assert [one["score"] for one in events(runtime, "satisfaction.answered")] == [5, 4]
    clock.advance(days=15)
    with runtime.unit_of_work(by) as uow, pytest.raises(TooLate):
        surveys.answer(uow, one.id, score=1, on="link")
    assert surveys_of(runtime, settled) == (now,)


def test_what_is_no_answer_changes_nothing(
    runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    one = asked_one(runtime, clock, settled)
    for score, words in ((0, ""), (6, ""), (3, "x" * 2001), (3, "\0")):
        with runtime.unit_of_work(customer(settled.customer_id)) as uow, pytest.raises(Invalid):
            surveys.answer(uow, one.id, score=score, words=words, on="link")
    assert surveys_of(runtime, settled) == (one,)
    assert events(runtime, "satisfaction.answered") == []


def test_what_was_not_asked_cannot_be_answered(runtime: Runtime, settled: Settled) -> None:
    (planned,) = surveys_of(runtime, settled)
    with runtime.unit_of_work(customer(settled.customer_id)) as uow, pytest.raises(NotFound):
        surveys.answer(uow, planned.id, score=5, on="link")


def test_eight_low_answers_at_once_open_one_review_for_the_lead_that_no_customer_sees(
    runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        lead = make_agent(uow, "lead@desk.example", name="鈴木 蓮", role=Role.LEAD)
    one = asked_one(runtime, clock, settled)
    together = Barrier(8, timeout=20)

    def low(number: int) -> None:
        together.wait()
        with runtime.unit_of_work(customer(settled.customer_id)) as uow:
            surveys.answer(uow, one.id, score=1 + number % 2, on="link")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(low, range(8)))
    drain(runtime)
    (now,) = surveys_of(runtime, settled)
    assert now.review_case_id is not None
    with runtime.database.looking() as session:
        review = queries.by_id(session, now.review_case_id)
        shown = queries.public_of_customer(session, settled.customer_id)
        of_order = queries.public_of_orders(session, [settled.order.id])
        cases = session.execute(text("SELECT count(*) FROM cases")).scalar_one()
    assert (review.reason, review.assignee_id, review.is_internal) == ("review", lead, True)
    assert review.conversation_id is None
    assert cases == 2
    assert [one.number for one in shown] == [settled.case.number]
    assert [one.number for one in of_order] == [settled.case.number]


def test_the_end_of_a_review_is_told_to_nobody(
    runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    one = asked_one(runtime, clock, settled)
    with runtime.unit_of_work(customer(settled.customer_id)) as uow:
        found = surveys.answer(uow, one.id, score=1, on="link")
    drain(runtime)
    with runtime.database.looking() as session:
        before = session.execute(text("SELECT count(*) FROM messages")).scalar_one()
    with runtime.unit_of_work(staff(settled.agent_id)) as uow:
        service.resolve(uow, found.review_case_id or 0, code="handled", note="talked about it")
    drain(runtime)
    clock.advance(hours=2)
    assert ask(runtime) == 0
    with runtime.database.looking() as session:
        assert session.execute(text("SELECT count(*) FROM messages")).scalar_one() == before


def test_rules_are_kept_within_their_bounds_and_changed_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        now = rules.in_force(uow.session)
        changed = rules.change(uow, rules.Rules(reopen_days=7, version=now.version))
    assert (changed.reopen_days, changed.version) == (7, now.version + 1)
    with runtime.unit_of_work(SYSTEM) as uow, pytest.raises(Invalid):
        rules.change(uow, rules.Rules(reopen_days=0, version=changed.version))
