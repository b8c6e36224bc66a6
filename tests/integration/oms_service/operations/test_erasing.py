"""Erasing a person: nothing that names them is left anywhere, everything that adds up is."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from cases import queries as cases
from migrations.tables import METADATA
from oms_service.conversations import service as conversations
from oms_service.customers import queries as customers
from oms_service.customers.events import CustomerErased
from oms_service.infra import inbound
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.operations.people import People, StillWaiting
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.operations.reconcile import audit
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.people import Marked, everything, make_marked, traces
from tests.factories.shop import make_customer, make_shop
from tests.fakes.clock import StandingClock
from tests.flows.test_track_in_chat import Browser

EMPTY = ("", "{}", "null")
#: Numbers of cases, orders and parcels, which stay.
_STAYING = (
    "SELECT concat_ws('|', '[a-z]+-?[0-9]+', string_agg(tracking_key, '|'), "
    "string_agg(tracking_number, '|')) FROM parcels"
)


@pytest.fixture
def marked(app: Flask, runtime: Runtime, clock: StandingClock, tmp_path: Path) -> Marked:
    return make_marked(app, runtime, clock, tmp_path)


@pytest.fixture
def people(runtime: Runtime) -> People:
    return People(runtime.keepers)


def personal() -> list[tuple[str, str]]:
    return [
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.columns
        if column.info.get("personal") == "customer"
    ]


def kept(runtime: Runtime, table: str, column: str) -> list[str]:
    """What is in a personal column of any row, but for the ids, codes and numbers that stay."""
    shown = f'"{column}"'
    if (table, column) == ("case_entries", "data"):
        shown = "data - array(SELECT jsonb_object_keys(data - 'wanted' - 'summary'))"
    if (table, column) == ("case_inbox", "search"):
        shown = f"btrim(regexp_replace(search, ({_STAYING}), '', 'g'))"
    if (table, column) == ("case_inbox", "words"):
        shown = "btrim(words)"
    if column in {"token", "key"}:
        shown = f"regexp_replace({shown}, '^erased:[0-9]+$', '')"
    query = text(f"SELECT to_jsonb({shown}) #>> '{{}}' FROM {table}")  # noqa: S608 - our own names
    with runtime.database.reading() as connection:
        found = connection.scalars(query)
        return [one for one in found if one is not None and one not in EMPTY]


def test_no_trace_of_an_erased_person_is_left_in_any_table(
    runtime: Runtime, marked: Marked, people: People
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        people.merge(uow, kept_id=marked.customer_id, merged_id=marked.other_id)
    drain(runtime)
    unfilled = [(table, column) for table, column in personal() if not kept(runtime, table, column)]
    assert unfilled == [], "the test must fill every personal column"
    before = everything(runtime)
    assert traces(before, marked.marks)

    with runtime.unit_of_work(SYSTEM) as uow:
        done = people.erase(uow, marked.customer_id, force=True)
    assert (done.customer_id, done.is_new) == (marked.customer_id, True)

    at_once = everything(runtime)
    assert traces(at_once, marked.marks) == {}
    drain(runtime)
    after = everything(runtime)
    assert traces(after, marked.marks) == {}
    left = {(t, c): found for t, c in personal() if (found := kept(runtime, t, c))}
    assert left == {}
    for ledger in ("payment_entries", "stock_movements", "stock_levels", "parcel_lines", "refunds"):
        assert after[ledger] == before[ledger]
    assert len(after["orders"]) == len(before["orders"])
    assert len(after["messages"]) == len(before["messages"])
    assert audit(runtime.database) == ()


def test_an_erased_person_is_found_by_nothing_and_let_in_nowhere(
    runtime: Runtime, marked: Marked, people: People, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, marked.customer_id, force=True)
    drain(runtime)
    with runtime.database.looking() as session:
        assert customers.find(session, marked.customer_id) is None
        for mark in marked.marks:
            assert customers.search(session, mark) == ()
        assert customers.by_mail(session, marked.mail) is None
        assert cases.public_of_customer(session, marked.customer_id) != []
        with pytest.raises(NotFound):
            people.export(session, marked.customer_id)
        signed_in = text("SELECT count(*) FROM sessions WHERE kind = 'customer'")
        assert session.scalar(signed_in) == 0


def test_the_order_stays_and_its_buyer_is_not_asked_to_prove_an_empty_address(
    app: Flask, runtime: Runtime, marked: Marked, people: People
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, marked.customer_id, force=True)
    drain(runtime)
    for given in (marked.mail, "987-6543", "090-5550-9876", "-", "@"):
        stranger = Browser(app, "en")
        stranger.say("where is my order")
        stranger.say("A-10423")
        assert "delivered" not in stranger.say(given).lower()


def test_erasing_again_changes_nothing(runtime: Runtime, marked: Marked, people: People) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, marked.customer_id, force=True)
    drain(runtime)
    before = everything(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert people.erase(uow, marked.customer_id).is_new is False
        assert uow.emitted == []
    assert everything(runtime) == before


def test_the_second_pass_empties_what_was_written_meanwhile_and_is_idempotent(
    runtime: Runtime, marked: Marked, people: People
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, marked.customer_id, force=True)
        chat = make_chat(uow, customer_id=marked.customer_id, key="just then")
        conversations.receive(uow, chat.id, key="late", text="Zundamochi again")
    assert traces(everything(runtime), marked.marks)
    drain(runtime)
    done = everything(runtime)
    assert traces(done, marked.marks) == {}
    with runtime.unit_of_work(SYSTEM) as uow:
        people.finish_erasing(uow, CustomerErased(customer_id=marked.customer_id))
    assert everything(runtime) == done


def test_whoever_still_waits_for_something_is_not_erased(runtime: Runtime, people: People) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        case = make_case(uow, order_id=order.id, customer_id=shop.customer_id)
    drain(runtime)
    before = everything(runtime)
    with pytest.raises(StillWaiting) as refused, runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, shop.customer_id)
    assert refused.value.matters == (
        f"order {order.number} is not completed",
        f"case {case.number} is open",
    )
    assert everything(runtime) == before


def test_nothing_waits_for_a_customer_who_only_looked(runtime: Runtime, people: People) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer_id = make_customer(uow)
        assert people.erase(uow, customer_id).is_new
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert make_customer(uow) != customer_id, "the address can be given anew"


def test_force_settles_the_cases(runtime: Runtime, people: People) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        case = make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id)
        people.erase(uow, shop.customer_id, force=True)
    drain(runtime)
    with runtime.database.looking() as session:
        now = cases.by_number(session, case.number)
        assert (now.state, now.resolution) == ("resolved", "erased")
        assert [entry.text for entry in cases.entries(session, now.id)] == ["", ""]


def test_a_mail_that_waits_is_not_sent_to_the_erased(runtime: Runtime, people: People) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer_id = make_customer(uow)
        conversations.say_by_mail(
            uow,
            to="misaki.sato@example.jp",
            customer_id=customer_id,
            language=Language.JAPANESE,
            subject="s",
            text="t",
        )
        people.erase(uow, customer_id)
    with runtime.database.reading() as connection:
        assert connection.scalars(text("SELECT state FROM messages")).all() == ["failed"]


def test_another_customer_keeps_everything(
    app: Flask, runtime: Runtime, clock: StandingClock, tmp_path: Path, people: People
) -> None:
    marked = make_marked(app, runtime, clock, tmp_path)
    with runtime.unit_of_work(SYSTEM) as uow:
        lonely = make_customer(uow, "someone@else.example", family_name="鈴木", given_name="一郎")
        make_chat(uow, customer_id=lonely)
        people.erase(uow, lonely)
    drain(runtime)
    before = traces(everything(runtime), marked.marks)
    assert set(before) >= {"customers", "identities", "orders", "messages", "case_entries"}


def test_no_order_is_taken_for_an_erased_customer(runtime: Runtime, people: People) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        people.erase(uow, shop.customer_id)
    wanted = PlaceOrder(
        channel="web",
        external_ref="late",
        customer_id=shop.customer_id,
        lines=[WantedLine(sku="COFFEE", quantity=1)],
    )
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        placing.place(uow, wanted)


def test_an_unread_body_holds_the_erasure_up(
    runtime: Runtime, marked: Marked, people: People
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        number = uow.session.scalar(text("SELECT tracking_number FROM parcels"))
        body = f'{{"scans": [{{"tracking_number": "{number}", "place": "x"}}]}}'.encode()
        inbound.keep(uow, source="carrier:yamato", body=body)
    with pytest.raises(StillWaiting, match="being read"), runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, marked.customer_id)


def test_the_export_has_all_that_was_kept(runtime: Runtime, marked: Marked, people: People) -> None:
    with runtime.database.looking() as session:
        kept = people.export(session, marked.customer_id)
    assert list(kept) == [name for name, _keeper in runtime.keepers]
    said = repr(kept)
    for word in ("FZundamochi", "090-5550-9876", "tok_Zundamochi", "Zundamochiセンター"):
        assert word in said
    (changed,) = kept["orders"]["changes"]
    assert (changed["address_before"]["line2"], changed["address"]["line2"]) == ("", "MZundamochi")
    for what in ("returns", "claims"):
        decided = kept["returns"][what][-1]
        assert decided["decision_note"] == "Zundamochi様は3回目"
        assert decided["answer"] == "Zundamochi様、承れません"
    (receipt,) = kept["documents"]["documents"]
    assert (receipt["recipient"], receipt["purpose"]) == ("Zundamochi商会", "Zundamochi様のお品代")
    (bought,) = kept["documents"]["labels"]
    assert "file" not in bought
    assert kept["customers"]["records"][0]["family_name"] == "FZundamochi"
    assert [one["number"] for one in kept["orders"]["orders"]] == ["A-10423"]
    assert any("返品したい" in one["text"] for one in kept["conversations"]["messages"])
    assert any("お得意様" in one["text"] for one in kept["cases"]["record"])


def test_bodies_go_empty_after_ninety_days(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for number, state in enumerate(inbound.InboundState):
            row = inbound.keep(uow, source="carrier:yamato", body=f"old {number}".encode())
            assert row is not None
            inbound.settle(uow, row, state)
    clock.advance(days=90, seconds=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        inbound.keep(uow, source="carrier:yamato", body=b"new")
        before = uow.now - timedelta(days=90)
        assert inbound.old_bodies(uow.session, before) == 2
        assert [inbound.forget_old_bodies(uow, before, 1) for _ in range(3)] == [1, 1, 0]
    with runtime.database.reading() as connection:
        bodies = connection.execute(
            select(inbound.InboundBody.body).order_by(inbound.InboundBody.id)
        ).scalars()
        assert [one and bytes(one) for one in bodies] == [b"old 0", None, None, b"new"]
