"""Invoices, receipts and credit notes of real orders; and every refusal changes nothing."""

import hashlib

import pytest
from sqlalchemy import func, select

from oms_service.documents import privacy, queries
from oms_service.documents.models import Document
from oms_service.documents.queries import DocumentView
from oms_service.documents.states import DocumentKind
from oms_service.infra.outbox import OutboxRow
from oms_service.infra.privacy import Person
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.kernel.money import Money
from oms_service.operations.changes.cancelling import cancel
from oms_service.operations.money import billing
from oms_service.operations.money.bill_sums import stamp_duty
from oms_service.operations.money.billing import AlreadyCredited, NothingReceived, NothingToBill
from oms_service.payments import service as payments
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import MethodKind
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.documents import ISSUER
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop, make_shop


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    """Two coffees at 8 % and a mug at 10 %: 2,000 and 2,500 yen, tax within; paid."""
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_order(uow, shop, items={"COFFEE": 2, "MUG": 1}, number="A-10423")


def invoice(runtime: Runtime, order: MadeOrder, **more: str) -> DocumentView:
    with runtime.unit_of_work(SYSTEM) as uow:
        return billing.issue_invoice(uow, order.id, issuer=ISSUER, **more)


def receipt(runtime: Runtime, order: MadeOrder, *, is_paper: bool = False) -> DocumentView:
    with runtime.unit_of_work(SYSTEM) as uow:
        return billing.issue_receipt(uow, order.id, issuer=ISSUER, is_paper=is_paper)


def refund(runtime: Runtime, order: MadeOrder, amount: int, key: str) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        (made,) = payments.request_refund(
            uow,
            WantedRefund(
                order_id=order.id, amount=Money(amount, "JPY"), reason="goodwill", key=key
            ),
        )
        payments.confirm_paid(uow, made.id)
    return made.id


def counted(runtime: Runtime) -> tuple[int, int]:
    with runtime.database.looking() as session:
        return (
            session.scalar(select(func.count()).select_from(Document)) or 0,
            session.scalar(select(func.count()).select_from(OutboxRow)) or 0,
        )


def test_an_invoice_has_the_orders_figures_and_the_customers_name(
    runtime: Runtime, order: MadeOrder
) -> None:
    made = invoice(runtime, order)
    bill = made.bill()
    assert (made.number, made.total, made.recipient) == (
        "I-000001",
        Money(4_500, "JPY"),
        "佐藤 美咲",
    )
    assert [(one.tax_rate_bp, one.amount_minor, one.tax_minor) for one in bill.rates] == [
        (800, 2_000, 148),
        (1_000, 2_500, 227),
    ]
    assert hashlib.sha256(made.pdf()).hexdigest() == made.sha256


def test_asked_again_it_is_the_same_invoice_and_the_same_bytes(
    runtime: Runtime, order: MadeOrder
) -> None:
    first = invoice(runtime, order)
    before = counted(runtime)
    again = invoice(runtime, order)
    assert (again.number, again.pdf()) == (first.number, first.pdf())
    assert counted(runtime) == before


def test_another_name_makes_a_correction_that_names_what_it_replaces(
    runtime: Runtime, order: MadeOrder
) -> None:
    first = invoice(runtime, order)
    second = invoice(runtime, order, recipient="株式会社みなと企画 御中")
    assert (second.number, second.about_id, second.bill().about) == (
        "I-000002",
        first.id,
        "I-000001",
    )


def test_nothing_charged_is_nothing_to_bill(runtime: Runtime, order: MadeOrder) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        cancel(uow, order.id, reason="no_longer_needed")
    before = counted(runtime)
    with pytest.raises(NothingToBill):
        invoice(runtime, order)
    assert counted(runtime) == before


@pytest.mark.parametrize("name", ["名" * 201, "a\x00b"])
def test_a_name_nobody_can_print_is_refused(runtime: Runtime, order: MadeOrder, name: str) -> None:
    before = counted(runtime)
    with pytest.raises(Invalid) as refused:
        invoice(runtime, order, recipient=name)
    assert set(refused.value.fields) == {"recipient"}
    assert counted(runtime) == before


def test_a_receipt_is_for_what_came_and_is_written_once(runtime: Runtime, order: MadeOrder) -> None:
    first = receipt(runtime, order)
    assert (first.number, first.total) == ("R-000001", Money(4_500, "JPY"))
    assert receipt(runtime, order).number == "R-000001"


def test_before_money_comes_there_is_no_receipt(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        unpaid = make_order(uow, shop, is_paid=False)
    before = counted(runtime)
    with pytest.raises(NothingReceived):
        receipt(runtime, unpaid)
    assert counted(runtime) == before


def test_a_receipt_goes_out_once_and_is_marked_from_then_on(
    runtime: Runtime, order: MadeOrder
) -> None:
    made = receipt(runtime, order)
    outs = []
    for _ in range(3):
        with runtime.unit_of_work(SYSTEM) as uow:
            outs.append(billing.print_out(uow, queries.document(uow.session, made.id)))
    assert [out.is_reissue for out in outs] == [False, True, True]
    assert hashlib.sha256(outs[0].pdf).hexdigest() == made.sha256
    assert outs[1].pdf == outs[2].pdf != outs[0].pdf


def test_cash_of_50000_yen_on_paper_needs_a_stamp_and_a_card_none(
    runtime: Runtime, shop: Shop
) -> None:
    stamps = []
    for kind in (MethodKind.CASH_ON_DELIVERY, MethodKind.CARD):
        with runtime.unit_of_work(SYSTEM) as uow:
            method = payments.add_method(
                uow, customer_id=shop.customer_id, kind=kind, token=f"{kind}-1"
            )
            made = make_order(uow, shop, items={"MUG": 30}, method_id=method)
        stamps.append(receipt(runtime, made, is_paper=True).bill().stamp_minor)
    assert stamps == [200, None]


@pytest.mark.parametrize(
    ("cash", "duty"),
    [
        (49_999, None),
        (50_000, 200),
        (1_000_000, 200),
        (1_000_001, 400),
        (5_000_000, 1_000),
        (5_000_001, 2_000),
        (1_000_000_000, 150_000),
        (1_000_000_001, 200_000),
    ],
)
def test_stamp_duty_follows_the_table_of_the_law(cash: int, duty: int | None) -> None:
    assert stamp_duty(cash) == duty


def test_a_refund_after_the_invoice_makes_its_credit_note_once(
    runtime: Runtime, order: MadeOrder
) -> None:
    made = invoice(runtime, order)
    refund_id = refund(runtime, order, 900, "sorry")
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        note = billing.issue_credit_note(uow, refund_id, issuer=ISSUER)
    assert note is not None
    assert (note.number, note.total, note.about_id) == ("C-000001", Money(900, "JPY"), made.id)
    assert [(one.tax_rate_bp, one.amount_minor, one.tax_minor) for one in note.bill().rates] == [
        (800, 400, 30),
        (1_000, 500, 45),
    ]
    assert note.bill().about == "I-000001"


def test_an_invoice_after_a_refund_brings_the_credit_note_along(
    runtime: Runtime, order: MadeOrder
) -> None:
    refund(runtime, order, 900, "sorry")
    settle(runtime)
    invoice(runtime, order)
    settle(runtime)
    with runtime.database.looking() as session:
        kinds = [one.kind for one in queries.documents_of(session, order.id)]
    assert kinds == [DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE]


def test_without_an_invoice_a_refund_credits_nothing(runtime: Runtime, order: MadeOrder) -> None:
    refund(runtime, order, 900, "sorry")
    settle(runtime)
    assert counted(runtime)[0] == 0


def test_a_credited_invoice_is_not_corrected(runtime: Runtime, order: MadeOrder) -> None:
    invoice(runtime, order)
    refund(runtime, order, 900, "sorry")
    settle(runtime)
    before = counted(runtime)
    with pytest.raises(AlreadyCredited):
        invoice(runtime, order, recipient="株式会社みなと企画 御中")
    assert counted(runtime) == before


def test_an_erased_person_cannot_be_proved_from_the_digest(
    runtime: Runtime, order: MadeOrder
) -> None:
    named = invoice(runtime, order)
    with runtime.unit_of_work(SYSTEM) as uow:
        privacy.erase(uow, Person(ids=(1,), order_ids=(order.id,)))
    with runtime.database.looking() as session:
        (kept,) = queries.documents_of(session, order.id)
    assert (kept.recipient, kept.total) == ("", named.total)
    assert kept.sha256 != named.sha256
    assert hashlib.sha256(kept.pdf()).hexdigest() == kept.sha256
