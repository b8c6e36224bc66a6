"""Two records made one, and two again: what moves, what stays, and what goes back exactly."""

import pytest
from flask import Flask

from cases import queries as cases
from oms_service.access import codes, sessions
from oms_service.access import queries as access
from oms_service.access.states import SessionKind
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.customers import queries as customers
from oms_service.customers import service as records
from oms_service.customers.events import CustomerMerged, CustomerUnmerged
from oms_service.customers.models import Address, Consent, Customer
from oms_service.customers.states import IdentityKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.operations.people import People
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments import service as paying
from oms_service.payments.states import MethodKind
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.people import everything
from tests.factories.shop import Shop, make_customer, make_shop
from tests.flows.test_track_in_chat import Browser

#: What a merge and its undoing leave behind: the account of them, and the facts they told.
TOLD = frozenset({"customer_merges", "outbox", "deliveries"})
PHONE = "090-1234-5678"


@pytest.fixture
def people(runtime: Runtime) -> People:
    return People(runtime.keepers)


def live(
    uow: UnitOfWork, shop: Shop, mail: str, *, name: str = "佐藤", customer_id: int | None = None
) -> int:
    """A record to which a bit of everything belongs."""
    who = customer_id or make_customer(uow, mail, family_name=name)
    records.add_identity(uow, who, IdentityKind.PHONE, PHONE)
    for line, is_default in (("1-2-3", True), ("4-5-6", False)):
        uow.session.add(
            Address(
                customer_id=who,
                recipient=name,
                country="JP",
                postal_code="160-0022",
                region="東京都",
                city="新宿区",
                line1=line,
                is_default=is_default,
            )
        )
    uow.session.add(
        Consent(
            customer_id=who,
            channel="web",
            purpose="order_updates",
            granted=False,
            source="page",
            at=uow.now,
        )
    )
    paying.add_method(uow, customer_id=who, kind=MethodKind.CARD, token="tok_shared")
    paying.add_method(
        uow, customer_id=who, kind=MethodKind.GIFT_CARD, token=f"gift_{who}", currency="JPY"
    )
    order = make_order(uow, shop, customer_id=who)
    chat = make_chat(uow, customer_id=who)
    talking.receive(uow, chat.id, key="hello", text="こんにちは")
    make_case(uow, order_id=order.id, customer_id=who, conversation_id=chat.id)
    codes.send_code(uow, mail, Language.JAPANESE)
    sessions.start(uow, SessionKind.CUSTOMER, who, device="Firefox", instead_of=None)
    return who


@pytest.fixture
def two(runtime: Runtime) -> tuple[int, int]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_agent(uow)
        kept = live(uow, shop, "misaki.sato@example.jp", customer_id=shop.customer_id)
        merged = live(uow, shop, "m.sato@work.example")
    drain(runtime)
    return kept, merged


def test_all_that_belonged_to_one_belongs_to_the_other(
    runtime: Runtime, two: tuple[int, int], people: People
) -> None:
    kept, merged = two
    with runtime.unit_of_work(SYSTEM) as uow:
        made = people.merge(uow, kept_id=kept, merged_id=merged)
        assert uow.emitted == [CustomerMerged(customer_id=kept, merged_id=merged, merge_id=made.id)]
    assert (made.kept_id, made.merged_id, made.is_new) == (kept, merged, True)
    drain(runtime)
    with runtime.database.looking() as session:
        assert len(orders.ids_of_customer(session, kept)) == 2
        assert orders.ids_of_customer(session, merged) == ()
        assert len(cases.public_of_customer(session, kept)) == 2
        assert {one.kind for one in payments.methods(session, kept)} == {"card", "gift_card"}
        assert len(payments.methods(session, kept)) == 3
        mails = [one.shown for one in customers.identities(session, [kept]) if one.kind == "mail"]
        assert mails == ["misaki.sato@example.jp", "m.sato@work.example"]
        assert [one.kind for one in customers.identities(session, [merged])] == ["phone"]
        found = customers.find(session, merged)
        assert found is not None
        assert found.id == kept
        assert [one.id for one in customers.search(session, "m.sato@work.example")] == [kept]
        assert (
            len(access.open_sessions(session, SessionKind.CUSTOMER, kept, runtime.clock.now())) == 2
        )
        defaults = [
            row.line1 for row in session.query(Address).filter_by(customer_id=kept, is_default=True)
        ]
        assert defaults == ["1-2-3"]


def test_merging_and_undoing_is_as_if_nothing_had_been(
    runtime: Runtime, two: tuple[int, int], people: People
) -> None:
    kept, merged = two
    before = everything(runtime, but=TOLD)
    with runtime.unit_of_work(SYSTEM) as uow:
        made = people.merge(uow, kept_id=kept, merged_id=merged)
    drain(runtime)
    assert everything(runtime, but=TOLD) != before
    with runtime.unit_of_work(SYSTEM) as uow:
        undone = people.undo_merge(uow, made.id)
        assert uow.emitted == [
            CustomerUnmerged(customer_id=kept, merged_id=merged, merge_id=made.id)
        ]
    assert undone.is_new
    drain(runtime)
    assert everything(runtime, but=TOLD) == before
    again = everything(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert people.undo_merge(uow, made.id).is_new is False
    assert everything(runtime) == again


def test_merging_again_changes_nothing(
    runtime: Runtime, two: tuple[int, int], people: People
) -> None:
    kept, merged = two
    with runtime.unit_of_work(SYSTEM) as uow:
        made = people.merge(uow, kept_id=kept, merged_id=merged)
    drain(runtime)
    before = everything(runtime)
    for one, other in ((kept, merged), (merged, kept)):
        with runtime.unit_of_work(SYSTEM) as uow:
            again = people.merge(uow, kept_id=one, merged_id=other)
        assert (again.id, again.is_new) == (made.id, False)
    assert everything(runtime) == before


def test_a_chain_of_merges_comes_undone_from_its_end(
    runtime: Runtime, two: tuple[int, int], people: People
) -> None:
    middle, first = two
    with runtime.unit_of_work(SYSTEM) as uow:
        last = make_customer(uow, "third@example.jp")
    start = everything(runtime, but=TOLD)
    with runtime.unit_of_work(SYSTEM) as uow:
        one = people.merge(uow, kept_id=middle, merged_id=first)
    drain(runtime)
    halfway = everything(runtime, but=TOLD)
    with runtime.unit_of_work(SYSTEM) as uow:
        # Named by the record that is merged already: it counts as the one it went into.
        two_ = people.merge(uow, kept_id=last, merged_id=first)
    drain(runtime)
    assert (two_.kept_id, two_.merged_id) == (last, middle)
    with runtime.database.looking() as session:
        assert customers.family(session, last) == (last, *sorted((first, middle)))
        assert len(orders.ids_of_customer(session, last)) == 2
        found = customers.by_mail(session, "m.sato@work.example")
        assert found is not None
        assert found.id == last
    with pytest.raises(records.MergedOnSince), runtime.unit_of_work(SYSTEM) as uow:
        people.undo_merge(uow, one.id)
    for merge, state in ((two_, halfway), (one, start)):
        with runtime.unit_of_work(SYSTEM) as uow:
            people.undo_merge(uow, merge.id)
        drain(runtime)
        assert everything(runtime, but=TOLD) == state


def test_what_comes_after_a_merge_stays_when_it_is_undone(
    runtime: Runtime, two: tuple[int, int], people: People
) -> None:
    kept, merged = two
    with runtime.unit_of_work(SYSTEM) as uow:
        made = people.merge(uow, kept_id=kept, merged_id=merged)
        records.add_identity(uow, merged, IdentityKind.LINE, "U-after")
    with runtime.unit_of_work(SYSTEM) as uow:
        people.undo_merge(uow, made.id)
    with runtime.database.looking() as session:
        lines = [one.kind for one in customers.identities(session, [kept]) if one.kind == "line"]
        assert lines == ["line"]


def test_what_was_written_meanwhile_follows_and_goes_back_as_well(
    runtime: Runtime, two: tuple[int, int], people: People
) -> None:
    kept, merged = two
    with runtime.unit_of_work(SYSTEM) as uow:
        made = people.merge(uow, kept_id=kept, merged_id=merged)
        late = make_chat(uow, customer_id=merged)
    drain(runtime)
    with runtime.database.looking() as session:
        moved = conversations.by_id(session, late.id)
        assert moved is not None
        assert moved.customer_id == kept
    with runtime.unit_of_work(SYSTEM) as uow:
        people.undo_merge(uow, made.id)
    with runtime.database.looking() as session:
        back = conversations.by_id(session, late.id)
        assert back is not None
        assert back.customer_id == merged


def test_an_order_for_the_merged_record_is_the_kept_ones(runtime: Runtime, people: People) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        merged = make_customer(uow, "other@example.jp")
        people.merge(uow, kept_id=shop.customer_id, merged_id=merged)
        made = make_order(uow, shop, customer_id=merged)
        assert orders.by_id(uow.session, made.id).customer_id == shop.customer_id


def test_a_merged_customer_signs_in_and_chats_by_their_old_address(
    app: Flask, runtime: Runtime, people: People
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        merged = make_customer(uow, "other@example.jp")
        order = make_delivered_order(uow, shop, customer_id=merged, number="A-10423")
        codes.send_code(uow, "other@example.jp", Language.ENGLISH)
        people.merge(uow, kept_id=shop.customer_id, merged_id=merged)
    with runtime.database.looking() as session:
        thread = conversations.open_of(session, "mail", "other@example.jp")
        assert thread is not None
        assert thread.customer_id == shop.customer_id
        text = conversations.thread(session, thread.id)[0].text
    with runtime.unit_of_work(SYSTEM) as uow:
        code = text.removeprefix("Your code is ")[:6]
        assert codes.check_code(uow, "other@example.jp", code) == shop.customer_id
    chat = Browser(app, "en")
    chat.say("where is my order")
    chat.say(order.number)
    assert "delivered" in chat.say("misaki.sato@example.jp").lower()


def test_nobody_is_merged_with_themselves_or_with_the_erased(
    runtime: Runtime, people: People
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        one, other = make_customer(uow), make_customer(uow, "b@example.jp")
        people.erase(uow, other)
    before = everything(runtime)
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        people.merge(uow, kept_id=one, merged_id=one)
    for pair in ((one, other), (other, one), (one, 999_999)):
        with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
            people.merge(uow, kept_id=pair[0], merged_id=pair[1])
    assert everything(runtime) == before


def test_erasing_takes_all_records_of_a_person_and_no_merge_comes_undone_then(
    runtime: Runtime, two: tuple[int, int], people: People
) -> None:
    kept, merged = two
    with runtime.unit_of_work(SYSTEM) as uow:
        made = people.merge(uow, kept_id=kept, merged_id=merged)
        assert people.erase(uow, merged, force=True).customer_id == kept
    with runtime.database.looking() as session:
        assert customers.is_erased(session, merged)
        names = session.query(Customer.family_name, Customer.search).all()
        assert {tuple(one) for one in names} == {("", "")}
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        people.undo_merge(uow, made.id)


def test_one_more_identity_is_found_and_belongs_to_one(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        one, other = make_customer(uow), make_customer(uow, "b@example.jp")
        assert records.add_identity(uow, one, IdentityKind.MAIL, " New@Example.JP ")
        assert not records.add_identity(
            uow, one, IdentityKind.MAIL, "new@example.jp", is_proven=True
        )
        assert records.add_identity(uow, one, IdentityKind.PHONE, PHONE)
        assert records.add_identity(uow, other, IdentityKind.PHONE, PHONE)
        assert [who.id for who in customers.search(uow.session, "new@example")] == [one]
        assert [who.id for who in customers.search(uow.session, "+81 90 1234 5678")] == [one, other]
        assert customers.mail_of(uow.session, one) == "New@Example.JP"
    with pytest.raises(records.IdentityTaken), runtime.unit_of_work(SYSTEM) as uow:
        records.add_identity(uow, other, IdentityKind.MAIL, "new@example.jp")
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        records.add_identity(uow, other, IdentityKind.MAIL, "  ")
