"""A customer on one page: what it shows to whom, and that it costs the same for everybody."""

from flask import Flask
from flask.testing import FlaskClient

from cases import service
from cases.views import CaseView
from oms_service.access import staff
from oms_service.access.states import Role, ScopeKind
from oms_service.conversations import queries as conversations
from oms_service.customers import service as customers
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_customer
from tests.integration.cases.test_desk import signed_in
from tests.queries import counted


def test_what_is_open_stands_first_and_all_that_was_between_us_follows(
    runtime: Runtime, desk: FlaskClient, shop: Shop, asked: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.note(uow, asked.id, "常連のお客様")
    page = desk.get(f"/desk/customers/{shop.customer_id}?lang=en").text
    number = asked.snapshot["number"]
    now = page[page.index('id="now-title"') : page.index('id="orders-title"')]
    assert asked.number in now
    assert number in now
    assert "佐藤 美咲" in page
    assert "サトウ ミサキ" in page
    assert "misaki.sato@example.jp" in page
    assert "コーヒーミルの蓋が割れていました。" in page
    assert "常連のお客様" in page
    assert "Which notices they want" in page
    assert (
        f'href="/desk/customers/{shop.customer_id}"' in desk.get(f"/desk/cases/{asked.number}").text
    )
    past = desk.get(f"/desk/customers/{shop.customer_id}/history?lang=en").text
    assert number in past
    assert asked.number in past
    assert past.count('class="timeline-entry"') >= 4


def test_a_conversation_is_read_as_it_was_held_and_only_with_its_customer(
    runtime: Runtime, desk: FlaskClient, shop: Shop, asked: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        stranger = make_customer(uow, "ken@example.jp", family_name="鈴木", given_name="健")
        assert asked.conversation_id is not None
        talk = conversations.by_id(uow.session, asked.conversation_id)
    assert talk is not None
    page = desk.get(f"/desk/customers/{shop.customer_id}/conversations/{talk.public_id}")
    assert "コーヒーミルの蓋が割れていました。" in page.text
    for customer_id, public_id in ((stranger, talk.public_id), (shop.customer_id, "x" * 80)):
        there = f"/desk/customers/{customer_id}/conversations/{public_id}"
        assert desk.get(there).status_code == 404


def test_who_sees_masks_reads_no_name_address_or_word(
    runtime: Runtime, app: Flask, shop: Shop, asked: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_agent(uow, "megumi@desk.example", name="中村 恵", role=Role.AUDITOR)
    auditor = signed_in(app, "megumi@desk.example")
    page = auditor.get(f"/desk/customers/{shop.customer_id}").text
    assert asked.number in page
    for said in ("佐藤", "サトウ", "misaki.sato", "コーヒーミルの蓋"):
        assert said not in page, said


def test_the_unknown_and_the_erased_look_alike_and_the_merged_lead_on(
    runtime: Runtime, desk: FlaskClient, shop: Shop, asked: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        double = make_customer(uow, "misaki@example.com")
        customers.merge(uow, kept_id=shop.customer_id, merged_id=double)
    assert desk.get(f"/desk/customers/{double}").location == f"/desk/customers/{shop.customer_id}"
    assert "misaki@example.com" in desk.get(f"/desk/customers/{shop.customer_id}").text
    for unknown in (0, 999_999, 2**63, 10**40):
        for path in ("", "/history", "/conversations/x"):
            assert desk.get(f"/desk/customers/{unknown}{path}").status_code == 404
    assert desk.get("/desk/customers/one").status_code == 404


def test_who_is_limited_to_other_queues_sees_neither_case_nor_words(
    runtime: Runtime, app: Flask, shop: Shop, asked: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        limited = make_agent(uow, "emi@desk.example", name="森 恵美")
        queues = runtime.scopes[ScopeKind.QUEUE](uow.session.connection()).keys()
        staff.limit(uow, limited, queues=queues - {asked.queue_id}, locations=[])
        talk = conversations.by_id(uow.session, asked.conversation_id or 0)
    assert talk is not None
    page = signed_in(app, "emi@desk.example")
    shown = page.get(f"/desk/customers/{shop.customer_id}").text
    assert "佐藤 美咲" in shown
    assert asked.number not in shown
    assert "コーヒーミルの蓋" not in shown
    there = f"/desk/customers/{shop.customer_id}/conversations/{talk.public_id}"
    assert page.get(there).status_code == 404


def test_the_page_costs_the_same_for_a_customer_of_many_orders_and_cases(
    runtime: Runtime, desk: FlaskClient, shop: Shop, asked: CaseView
) -> None:
    there = f"/desk/customers/{shop.customer_id}"
    desk.get(there)
    with counted(runtime.database) as first:
        desk.get(there)
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(4):
            make_order(uow, shop)
            chat = make_chat(uow, customer_id=shop.customer_id)
            make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id)
    drain(runtime)
    desk.get(there)
    with counted(runtime.database) as then:
        page = desk.get(there)
    assert page.status_code == 200
    assert len(then) == len(first) <= 30


def test_the_other_cases_of_a_customer_stand_beside_a_case(
    runtime: Runtime, desk: FlaskClient, shop: Shop, asked: CaseView
) -> None:
    assert "Previous cases" not in desk.get(f"/desk/cases/{asked.number}?lang=en").text
    with runtime.unit_of_work(SYSTEM) as uow:
        before = make_case(uow, customer_id=shop.customer_id, reason="damaged")
    drain(runtime)
    page = desk.get(f"/desk/cases/{asked.number}?lang=en").text
    box = page[page.index("Previous cases") :]
    assert before.number in box
