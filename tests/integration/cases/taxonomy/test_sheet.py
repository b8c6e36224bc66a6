"""What a case is: set by hand, told in its record and by events, refused kindly."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases import deciding, queries, service
from cases import privacy as of_cases
from cases.events import CaseEdited
from cases.sla import queries as answer_times
from cases.states import CaseState, EntryKind, LineEnding, Priority
from cases.taxonomy import fields, matters, privacy, settling, sorting, statuses, tags
from cases.taxonomy import queries as taxonomy
from cases.taxonomy.fields import FieldWish
from cases.taxonomy.matters import LinesSettled, NotTheirs
from cases.taxonomy.settling import Unsettled
from cases.taxonomy.sorting import AnotherOpen, Sorting
from cases.taxonomy.states import FieldKind
from cases.taxonomy.tags import TagInUse, TagTaken
from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.infra.privacy import Person
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor
from oms_service.kernel.actors import staff as acting_staff
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language
from oms_service.operations.reconcile import audit
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_return_case
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import make_staff, post, sign_in


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def me(runtime: Runtime) -> Actor:
    with runtime.unit_of_work(SYSTEM) as uow:
        return acting_staff(make_agent(uow))


def a_case(runtime: Runtime, shop: Shop, reason: str = "other") -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, shop)
        return make_case(uow, reason=reason, order_id=order.id, customer_id=shop.customer_id)


def as_it_is(runtime: Runtime, case: CaseView) -> CaseView:
    with runtime.database.looking() as session:
        return queries.by_id(session, case.id)


def edits(runtime: Runtime, case: CaseView) -> list[dict[str, str]]:
    with runtime.database.looking() as session:
        found = queries.entries(session, case.id)
    return [dict(one.data) for one in found if one.kind is EntryKind.EDITED]


def emitted(uow: UnitOfWork) -> list[tuple[str, str, str]]:
    return [(e.what, e.before, e.after) for e in uow.emitted if isinstance(e, CaseEdited)]


# Reason, priority, queue, language


def test_another_reason_brings_queue_and_priority_along(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(me) as uow:
        now = sorting.sort(uow, case.id, Sorting(reason="damaged"), version=case.version)
        told = emitted(uow)
        assert sorting.sort(uow, case.id, Sorting(reason="damaged")) == now
        assert emitted(uow) == told
    assert (now.reason, now.priority, now.version) == ("damaged", Priority.HIGH, case.version + 1)
    with runtime.database.looking() as session:
        assert taxonomy.queues(session)[now.queue_id][0] == "returns"
    assert told == [
        ("reason", "other", "damaged"),
        ("queue", "orders", "returns"),
        ("priority", "normal", "high"),
    ]
    assert edits(runtime, case) == [
        {"what": what, "from": before, "to": after} for what, before, after in told
    ]


def test_what_was_set_by_hand_stays_with_another_reason(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(me) as uow:
        sorting.sort(uow, case.id, Sorting(priority=Priority.URGENT, language=Language.ENGLISH))
        now = sorting.sort(uow, case.id, Sorting(reason="damaged", queue="orders"))
    assert (now.priority, now.language) == (Priority.URGENT, Language.ENGLISH)
    assert now.queue_id != case.queue_id  # "orders" is what it had, so it follows the reason


@pytest.mark.parametrize(
    "wish", [Sorting(reason="no_such"), Sorting(queue="no_such"), Sorting(reason="\0")]
)
def test_what_is_not_there_is_refused_and_nothing_changes(
    runtime: Runtime, shop: Shop, me: Actor, wish: Sorting
) -> None:
    case = a_case(runtime, shop)
    with pytest.raises(Invalid), runtime.unit_of_work(me) as uow:
        sorting.sort(uow, case.id, wish)
    assert as_it_is(runtime, case) == replace(case, is_new=False)
    assert edits(runtime, case) == []


def test_two_open_cases_of_one_order_do_not_get_one_reason(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_case(uow, reason="damaged", order_id=case.order_id)
    with pytest.raises(AnotherOpen) as refused, runtime.unit_of_work(me) as uow:
        sorting.sort(uow, case.id, Sorting(reason="damaged"))
    assert refused.value.number == other.number
    assert as_it_is(runtime, case).reason == "other"


def test_an_old_reading_sorts_nothing(runtime: Runtime, shop: Shop, me: Actor) -> None:
    case = a_case(runtime, shop)
    with pytest.raises(Stale), runtime.unit_of_work(me) as uow:
        sorting.sort(uow, case.id, Sorting(priority=Priority.LOW), version=case.version - 1)


# Status


def test_a_status_holds_as_long_as_its_state(
    app: Flask, runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with pytest.raises(Invalid), runtime.unit_of_work(me) as uow:
        statuses.put(uow, case.id, "with_carrier")
    with runtime.unit_of_work(me) as uow:
        service.wait_for_others(uow, case.id)
        now = statuses.put(uow, case.id, "with_carrier")
    assert (now.state, now.status) == (CaseState.WAITING_THIRD_PARTY, "with_carrier")
    with runtime.unit_of_work(me) as uow:
        service.resume(uow, case.id)
        service.wait_for_others(uow, case.id)
    assert as_it_is(runtime, case).status is None  # back again, it is not said of this time


# Tags


def test_a_tag_is_put_on_once_however_it_is_typed(runtime: Runtime, shop: Shop, me: Actor) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(me) as uow:
        tags.put(uow, case.id, "#VIP 顧客")
        assert len(emitted(uow)) == 1
        tags.put(uow, case.id, "vip  顧客")
        assert len(emitted(uow)) == 1
    with runtime.database.looking() as session:
        (tag,) = taxonomy.tags_of(session, [case.id])[case.id]
        assert [(one.name, one.cases, one.open_cases) for one in taxonomy.tags(session)] == [
            ("VIP 顧客", 1, 1)
        ]
    with runtime.unit_of_work(me) as uow:
        for _ in range(2):
            tags.take_off(uow, case.id, tag.id)
        assert len(emitted(uow)) == 1
    with runtime.database.looking() as session:
        assert taxonomy.tags_of(session, [case.id]) == {}
    assert [(one["from"], one["to"]) for one in edits(runtime, case)] == [
        ("", "VIP 顧客"),
        ("VIP 顧客", ""),
    ]


@pytest.mark.parametrize("typed", ["", "  ", "#", "x" * 41])
def test_a_tag_is_a_short_word(runtime: Runtime, shop: Shop, me: Actor, typed: str) -> None:
    case = a_case(runtime, shop)
    with pytest.raises(Invalid), runtime.unit_of_work(me) as uow:
        tags.put(uow, case.id, typed)


def test_a_case_has_only_so_many_tags(runtime: Runtime, shop: Shop, me: Actor) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(me) as uow:
        for number in range(tags.MOST):
            tags.put(uow, case.id, f"tag {number}")
    with pytest.raises(Invalid), runtime.unit_of_work(me) as uow:
        tags.put(uow, case.id, "one more")


def test_tags_are_renamed_merged_and_dropped(runtime: Runtime, shop: Shop, me: Actor) -> None:
    first, second = a_case(runtime, shop), a_case(runtime, shop)
    with runtime.unit_of_work(me) as uow:
        for case, name in ((first, "outer box"), (second, "outer box"), (second, "外箱")):
            tags.put(uow, case.id, name)
    with runtime.database.looking() as session:
        by_name = {one.name: one for one in taxonomy.tags(session)}
    box, hako = by_name["outer box"], by_name["外箱"]
    with pytest.raises(TagTaken), runtime.unit_of_work(me) as uow:
        tags.rename(uow, box.id, "外箱", version=1)
    with pytest.raises(TagInUse), runtime.unit_of_work(me) as uow:
        tags.drop(uow, box.id)
    with runtime.unit_of_work(me) as uow:
        tags.rename(uow, box.id, "Outer Box!", version=1)
    with pytest.raises(Stale), runtime.unit_of_work(me) as uow:
        tags.rename(uow, box.id, "other", version=1)
    with runtime.unit_of_work(me) as uow:
        assert tags.merge(uow, box.id, into=hako.id) == 2
        assert emitted(uow) == [("tag", str(box.id), str(hako.id))] * 2
    with runtime.database.looking() as session:
        found = taxonomy.tags_of(session, [first.id, second.id])
        assert {one: [tag.name for tag in has] for one, has in found.items()} == {
            first.id: ["外箱"],
            second.id: ["外箱"],
        }
    with runtime.unit_of_work(me) as uow:
        for case in (first, second):
            tags.take_off(uow, case.id, hako.id)
        tags.drop(uow, hako.id)
        tags.drop(uow, hako.id)
    with runtime.database.looking() as session:
        assert taxonomy.tags(session) == []


# Fields


def a_field(uow: UnitOfWork, kind: FieldKind, **more: Any) -> str:
    wish: dict[str, Any] = {
        "name": {"ja": "項目", "en": f"Field {kind}"},
        "reasons": [],
        "is_required": False,
        "is_public": False,
        "is_active": True,
        "position": 0,
        **more,
    }
    return fields.add(uow, kind, FieldWish(**wish)).code


def test_fields_say_what_fits_their_kind_and_the_record_tells_it(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        number, day = a_field(uow, FieldKind.NUMBER), a_field(uow, FieldKind.DATE)
        box = a_field(uow, FieldKind.CHOICE, choices=[{"ja": "外箱", "en": "Outer box"}])
    with runtime.unit_of_work(me) as uow:
        fields.write(uow, case.id, {number: "１,２００.50", day: "2026/11/22", box: "outer_box"})
        assert emitted(uow) == [("field", "", one) for one in (number, day, box)]
    with runtime.database.looking() as session:
        kept = {one.field.code: one.value for one in taxonomy.values(session, case.id, "other")}
    assert kept == {number: "1200.5", day: "2026-11-22", box: "outer_box"}
    for code, typed in ((number, "many"), (number, "9" * 30), (day, "2026-02-30"), (box, "inner")):
        with pytest.raises(Invalid) as refused, runtime.unit_of_work(me) as uow:
            fields.write(uow, case.id, {code: typed})
        assert list(refused.value.fields) == [f"fields.{code}"]
    with runtime.unit_of_work(me) as uow:
        fields.write(uow, case.id, {number: ""})
    assert edits(runtime, case)[-1] == {"what": "field", "field": number, "was": "1200.5", "is": ""}


def test_a_choice_that_is_named_no_more_rests_and_stays_readable(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        box = a_field(uow, FieldKind.CHOICE, choices=[{"ja": "外箱", "en": "Outer box"}])
    with runtime.unit_of_work(me) as uow:
        fields.write(uow, case.id, {box: "outer_box"})
        found = taxonomy.field(uow.session, box)
        wish = FieldWish(
            name=found.name,
            reasons=[],
            is_required=False,
            is_public=True,
            is_active=True,
            position=0,
            choices=[{"ja": "内箱", "en": "Inner box"}],
        )
        now = fields.change(uow, box, wish, version=1)
    assert [(one.code, one.is_active) for one in now.choices] == [
        ("inner_box", True),
        ("outer_box", False),
    ]
    with runtime.database.looking() as session:
        (shown,) = taxonomy.public_values(session, case.id)
    assert shown.field.said(shown.value) == {"ja": "外箱", "en": "Outer box"}


def test_a_needed_field_is_asked_for_before_resolving(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        needed = a_field(uow, FieldKind.YES_NO, is_required=True, reasons=["other"])
        a_field(uow, FieldKind.TEXT, is_required=True, reasons=["return"])
    with pytest.raises(Unsettled) as refused, runtime.unit_of_work(me) as uow:
        service.resolve(uow, case.id, code="answered", note="done")
    assert refused.value.fields == {f"fields.{needed}": "is missing"}
    assert as_it_is(runtime, case).state is CaseState.NEW
    with runtime.unit_of_work(me) as uow:
        fields.write(uow, case.id, {needed: "no"})
        assert service.resolve(uow, case.id, code="answered", note="done").state == "resolved"


# Orders and lines


def test_a_case_is_about_several_orders_of_one_customer(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        more = make_order(uow, shop)
        stranger = make_order(uow, shop, customer_id=make_customer(uow, "x@example.jp"))
    with pytest.raises(NotTheirs), runtime.unit_of_work(me) as uow:
        matters.add_order(uow, case.id, stranger.id)
    with runtime.unit_of_work(me) as uow:
        matters.add_order(uow, case.id, more.id, version=case.version)
        matters.add_order(uow, case.id, more.id)
        assert len(emitted(uow)) == 1
    with runtime.database.looking() as session:
        main, further = taxonomy.orders_of(session, case.id)
    assert (main.order.id, main.is_main) == (case.order_id, True)
    assert (further.order.id, further.snapshot["number"]) == (more.id, further.order.number)
    with runtime.unit_of_work(me) as uow:
        now = matters.remove_order(uow, case.id, main.order.id)
    assert (now.order_id, now.snapshot["number"]) == (more.id, further.order.number)
    with runtime.database.looking() as session:
        assert [one.order.id for one in taxonomy.orders_of(session, case.id)] == [more.id]


def test_each_line_ends_by_itself(runtime: Runtime, shop: Shop, me: Actor) -> None:
    case = a_case(runtime, shop)
    with runtime.database.looking() as session:
        (found,) = taxonomy.orders_of(session, case.id)
    line = found.lines[0].line
    for wrong in ({line.id: line.counters.ordered + 1}, {line.id: -1}, {0: 1}, {2**62: 1}):
        with pytest.raises(Invalid), runtime.unit_of_work(me) as uow:
            matters.choose_lines(uow, case.id, wrong)
    with runtime.unit_of_work(me) as uow:
        matters.choose_lines(uow, case.id, {line.id: 1})
    with pytest.raises(Unsettled) as refused, runtime.unit_of_work(me) as uow:
        service.resolve(uow, case.id, code="handled", note="done")
    assert refused.value.fields == {"lines": "are not settled"}
    with runtime.unit_of_work(me) as uow:
        matters.settle_lines(uow, case.id, {line.id: LineEnding.REPLACED})
    with pytest.raises(LinesSettled), runtime.unit_of_work(me) as uow:
        matters.choose_lines(uow, case.id, {line.id: 0})
    with pytest.raises(LinesSettled), runtime.unit_of_work(me) as uow:
        matters.remove_order(uow, case.id, found.order.id)
    with runtime.unit_of_work(me) as uow:
        assert service.resolve(uow, case.id, code="handled", note="done").state == "resolved"


def test_lines_nobody_spoke_of_end_as_the_case_does(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_return_case(uow, shop)
    with runtime.unit_of_work(me) as uow:
        deciding.reject_return(uow, case.id, note="out of the window")
        (event,) = [one for one in uow.emitted if one.__class__.__name__ == "CaseResolved"]
        settling.settled(uow, event)  # type: ignore[arg-type]
    with runtime.database.looking() as session:
        (order,) = taxonomy.orders_of(session, case.id)
    assert [one.ending for one in order.chosen] == [LineEnding.REFUSED]


# The pages


@pytest.fixture
def desk(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        lead = make_staff(uow, Role.LEAD)
    client = app.test_client()
    sign_in(client, lead.mail)
    return client


def test_a_case_is_sorted_tagged_and_told_on_its_page(
    desk: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    case = a_case(runtime, shop)
    page, at = f"/desk/cases/{case.number}", {"version": str(case.version)}
    with runtime.unit_of_work(SYSTEM) as uow:
        box = a_field(uow, FieldKind.CHOICE, choices=[{"ja": "外箱", "en": "Outer box"}])
        more = make_order(uow, shop)
    sent = {**at, "set_reason": "damaged", "set_queue": "orders", "set_priority": "normal"}
    assert post(desk, f"{page}/sort", sent).status_code == 303
    assert as_it_is(runtime, case).reason == "damaged"
    assert post(desk, f"{page}/sort", sent).status_code == 303  # pressed twice
    assert post(desk, f"{page}/tags", {"tag": "割れ物"}).status_code == 303
    assert post(desk, f"{page}/fields", {f"field-{box}": "outer_box"}).status_code == 303
    with runtime.database.looking() as session:
        number = session.execute(
            text("SELECT number FROM orders WHERE id = :id"), {"id": more.id}
        ).scalar_one()
        (found,) = taxonomy.orders_of(session, case.id)
    assert post(desk, f"{page}/orders", {"more_order": number}).status_code == 303
    line = found.lines[0].line.id
    assert post(desk, f"{page}/lines", {f"pieces-{line}": "1"}).status_code == 303
    sent = {f"pieces-{line}": "1", f"ended-{line}": "replaced"}
    assert post(desk, f"{page}/lines", sent).status_code == 303
    shown = desk.get(f"{page}?lang=en").text
    for words in (
        "Reason: Something else → Damaged",
        "Queue: Orders and delivery → Returns and refunds",
        "Tag put on: 割れ物",
        "Field choice: — → Outer box",
        f"Order {number} belongs to it now",
        "Sent again",
        "Now: delivered.",
    ):
        assert words in shown, words


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("sort", {"set_reason": "no_such"}),
        ("sort", {"set_priority": "boiling", "version": "9" * 40}),
        ("sort", {"set_status": "with_carrier"}),
        ("tags", {"tag": "x" * 200}),
        ("fields", {"field-none": "1"}),
        ("orders", {"more_order": "NO-SUCH-1"}),
        ("orders", {"more_order": "x" * 5000}),
        ("orders/off", {"order": ""}),
        ("lines", {"pieces-99999999999999999999": "1", "pieces-1": "7", "ended-x": "y"}),
        ("tags/999999999999/off", {}),
    ],
)
def test_odd_forms_change_nothing(
    desk: FlaskClient, runtime: Runtime, shop: Shop, path: str, sent: dict[str, str]
) -> None:
    case = a_case(runtime, shop)
    assert post(desk, f"/desk/cases/{case.number}/{path}", sent).status_code == 303
    assert edits(runtime, case) == []


def test_those_who_only_read_set_nothing(app: Flask, runtime: Runtime, shop: Shop) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        auditor = make_staff(uow, Role.AUDITOR)
    client = app.test_client()
    sign_in(client, auditor.mail)
    page = client.get(f"/desk/cases/{case.number}").text
    assert f"/desk/cases/{case.number}/sort" not in page
    assert post(client, f"/desk/cases/{case.number}/sort", {}).status_code == 403


# Who has it


def test_who_does_not_work_on_the_new_queue_gives_it_back(
    runtime: Runtime, shop: Shop, me: Actor
) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_agent(uow, "sora@desk.example")
        uow.session.execute(
            text(
                "INSERT INTO queue_members (queue_id, staff_id)"
                " SELECT id, :staff FROM queues WHERE code = 'returns'"
            ),
            {"staff": other},
        )
    with runtime.unit_of_work(me) as uow:
        service.take(uow, case.id)
        sorting.sort(uow, case.id, Sorting(queue="returns"))
    drain(runtime)
    assert as_it_is(runtime, case).assignee_id == other
    with runtime.unit_of_work(SYSTEM) as uow:
        sorting.sort(uow, case.id, Sorting(queue="orders"))
    drain(runtime)
    assert as_it_is(runtime, case).assignee_id == other  # that queue is everybody's


def test_answer_times_follow_another_priority(runtime: Runtime, shop: Shop, me: Actor) -> None:
    case = a_case(runtime, shop)
    drain(runtime)
    before = due_in_s(runtime, case)
    with runtime.unit_of_work(me) as uow:
        sorting.sort(uow, case.id, Sorting(priority=Priority.URGENT))
    drain(runtime)
    assert (before, due_in_s(runtime, case)) == (15 * 60, 5 * 60)


def due_in_s(runtime: Runtime, case: CaseView) -> int:
    """The target of the first answer."""
    with runtime.database.looking() as session:
        clocks = answer_times.clocks(session, [case.id])[case.id]
    return int(next(one for one in clocks if one.metric == "first_response").target.total_seconds())


def test_what_does_not_add_up_is_told(runtime: Runtime, shop: Shop, me: Actor) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        box = a_field(uow, FieldKind.CHOICE, choices=[{"ja": "外箱", "en": "Outer box"}])
        (found,) = taxonomy.orders_of(uow.session, case.id)
    with runtime.unit_of_work(me) as uow:
        matters.choose_lines(uow, case.id, {found.lines[0].line.id: 1})
        fields.write(uow, case.id, {box: "outer_box"})
    assert list(audit(runtime.database)) == []
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE case_lines SET quantity = 999"))
        uow.session.execute(text("UPDATE case_values SET value = 'inner'"))
    assert [one.subject for one in audit(runtime.database)] == [
        f"line {found.lines[0].line.id} of case {case.id}",
        f"field {box} of case {case.id}",
    ]


def test_fields_go_with_their_customer(runtime: Runtime, shop: Shop, me: Actor) -> None:
    case = a_case(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        words = a_field(uow, FieldKind.TEXT, is_required=True)
    with runtime.unit_of_work(me) as uow:
        fields.write(uow, case.id, {words: "電話は夜に"})
    person = Person(ids=(shop.customer_id,))
    with runtime.unit_of_work(me) as uow:
        kept = privacy.export(uow.session, person)["fields"]
        assert [(one["field"], one["value"]) for one in kept] == [(words, "電話は夜に")]
        of_cases.erase(uow, person)
        privacy.erase(uow, person)
        assert privacy.export(uow.session, person)["fields"] == []
    assert edits(runtime, case) == [{"what": "field", "field": words}]
