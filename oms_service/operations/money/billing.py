"""Invoices, receipts and credit notes of an order: issued once, for what the books say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from oms_service.customers import queries as people
from oms_service.documents import queries as documents
from oms_service.documents import service, wording
from oms_service.documents.events import DocumentIssued
from oms_service.documents.issuer import Issuer
from oms_service.documents.papers import Bill, BillLine
from oms_service.documents.queries import DocumentView
from oms_service.documents.states import DocumentKind
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language, say
from oms_service.kernel.masking import Kind
from oms_service.operations.money.bill_sums import Figures, of_order, part_of, stamp_duty
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import OrderState
from oms_service.payments import queries as payments
from oms_service.payments.events import RefundPaid
from oms_service.payments.queries import RefundView
from oms_service.payments.states import MethodKind, RefundPart, RefundState
from oms_service.returns import queries as returns
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.sales.states import TaxMode

#: What a receipt on paper needs a revenue stamp for: money that changed hands, not credit.
CASH: Final = frozenset(
    {
        MethodKind.CASH,
        MethodKind.CASH_ON_DELIVERY,
        MethodKind.KONBINI,
        MethodKind.BANK_TRANSFER,
    }
)
LONGEST_RECIPIENT: Final = 200
LONGEST_PURPOSE: Final = 100


class NothingToBill(DomainError):
    """Nothing of the order is charged: it is cancelled, a draft, or costs nothing."""

    code: ClassVar[str] = "nothing-to-bill"


class NothingReceived(DomainError):
    """No money has come for which no receipt was written."""

    code: ClassVar[str] = "nothing-received"


class AlreadyCredited(DomainError):
    """Some of the invoice was credited: another one would count that twice."""

    code: ClassVar[str] = "invoice-already-credited"


@dataclass(frozen=True)
class Printed:
    """A document as it goes out; ``is_reissue`` when a receipt had gone out before."""

    view: DocumentView
    pdf: bytes
    is_reissue: bool


def issue_invoice(
    uow: UnitOfWork, order_id: int, *, issuer: Issuer, recipient: str | None = None
) -> DocumentView:
    """The invoice of an order as it stands; asked again with nothing changed, the same one.

    Where the order, or the name on it, has changed since, a new one says which it replaces.

    Args:
        uow: the transaction.
        order_id: which order.
        issuer: the shop; without a registration number the invoice is an ordinary one.
        recipient: whom it names; the customer where not given.

    Raises:
        NotFound: no such order.
        NothingToBill: nothing is charged.
        AlreadyCredited: it has changed, but some of the last invoice was credited.
        DoesNotAddUp: its lines are not its total.
        Invalid: the name is too long, or there is none.
    """
    orders.hold_against_others(uow, order_id)
    order = order_queries.by_id(uow.session, order_id)
    if order.order_state in {OrderState.DRAFT, OrderState.CANCELLED} or not order.total.minor:
        raise NothingToBill("nothing of this order is charged")
    channel = sales.channel_by_id(uow.session, order.channel_id)
    figures = figures_of(uow, order, channel)
    bill = _bill(
        DocumentKind.INVOICE,
        order,
        figures,
        issuer,
        today=_day(uow, channel),
        sold_on=_sold_on(order, channel),
        recipient=_recipient(uow, order, recipient),
    )
    last = _last_invoice(uow, order_id)
    if last is None:
        return service.issue(uow, bill, order_id=order_id)
    if _says_the_same(last.bill(), bill):
        return last
    if _credited(uow, last):
        raise AlreadyCredited("some of the last invoice was credited")
    corrected = replace(bill, about=last.number, about_on=last.bill().issued_on)
    return service.issue(uow, corrected, order_id=order_id, about_id=last.id)


def issue_receipt(
    uow: UnitOfWork,
    order_id: int,
    *,
    issuer: Issuer,
    recipient: str | None = None,
    purpose: str = "",
    is_paper: bool = False,
) -> DocumentView:
    """The receipt for what has been received and has none yet; else the last one that was made.

    Args:
        uow: the transaction.
        order_id: which order.
        issuer: the shop.
        recipient: whom it names; the customer where not given.
        purpose: what it is for in the customer's words (但し書き); "goods" where empty.
        is_paper: it goes out on paper, so that cash of 50,000 yen or more needs a revenue stamp.

    Raises:
        NotFound: no such order.
        NothingReceived: nothing has come at all.
        DoesNotAddUp: its lines are not its total.
        Invalid: a text is too long, or nobody is named.
    """
    orders.hold_against_others(uow, order_id)
    order = order_queries.by_id(uow.session, order_id)
    made = [
        one
        for one in documents.documents_of(uow.session, order_id)
        if one.kind is DocumentKind.RECEIPT
    ]
    captured = payments.sums(uow.session, order_id).captured
    received = captured - sum(one.total.minor for one in made)
    if received <= 0:
        if not made:
            raise NothingReceived("no money has come for this order yet")
        return made[-1]
    channel = sales.channel_by_id(uow.session, order.channel_id)
    whole = figures_of(uow, order, channel)
    figures = whole
    if made or received != order.total.minor:
        figures = part_of(whole, received, name=_payment_of(order))
    kinds = payments.captured_by_kind(uow.session, order_id)
    bill = _bill(
        DocumentKind.RECEIPT,
        order,
        figures,
        issuer,
        today=_day(uow, channel),
        sold_on=_sold_on(order, channel),
        recipient=_recipient(uow, order, recipient),
    )
    return service.issue(
        uow,
        replace(
            bill,
            purpose=_text(purpose, LONGEST_PURPOSE, "purpose"),
            paid_by=_paid_by(kinds, order),
            is_paper=is_paper,
            stamp_minor=_stamp(kinds, figures, order) if is_paper else None,
        ),
        order_id=order_id,
    )


def issue_credit_note(uow: UnitOfWork, refund_id: int, *, issuer: Issuer) -> DocumentView | None:
    """The credit note of a paid refund; None where there is no invoice that says more than is kept.

    Asked again, the same one. A refund of goods that came back is spread over their tax rates,
    any other over those of the invoice.

    Raises:
        NotFound: no such refund.
    """
    known = documents.of_refund(uow.session, refund_id)
    if known is not None:
        return known
    orders.hold_against_others(uow, payments.refund(uow.session, refund_id).order_id)
    refund = payments.refund(uow.session, refund_id)
    known = documents.of_refund(uow.session, refund_id)
    invoice = _last_invoice(uow, refund.order_id)
    if known is not None or invoice is None or refund.state is not RefundState.PAID:
        return known
    kept = payments.sums(uow.session, refund.order_id).kept
    due = min(refund.amount.minor, invoice.total.minor - _credited(uow, invoice) - max(0, kept))
    if due <= 0:
        return None
    order = order_queries.by_id(uow.session, refund.order_id)
    channel = sales.channel_by_id(uow.session, order.channel_id)
    billed = invoice.bill()
    invoiced = Figures(
        tuple(billed.lines), tuple(billed.rates), billed.total_minor, billed.prices_contain_tax
    )
    weights = _weights(uow, refund, invoiced, order.language)
    figures = part_of(invoiced, due, name=_refund_of(order), weights=weights)
    today = _day(uow, channel)
    bill = _bill(
        DocumentKind.CREDIT_NOTE,
        order,
        figures,
        issuer,
        today=today,
        sold_on=billed.sold_on,
        recipient=invoice.recipient,
    )
    about = replace(bill, about=invoice.number, about_on=billed.issued_on)
    return service.issue(uow, about, order_id=order.id, refund_id=refund_id, about_id=invoice.id)


def print_out(uow: UnitOfWork, view: DocumentView) -> Printed:
    """A document as it goes out: a receipt once, from then on marked as reissued."""
    is_reissue = view.kind is DocumentKind.RECEIPT and not service.hand_out(uow, view.id)
    return Printed(view, view.pdf(is_reissue=is_reissue), is_reissue)


def copy_of(view: DocumentView, *, shown: Callable[[str, Kind], str]) -> Printed:
    """A document for somebody who only reads: a receipt says that it is none to hand out.

    Args:
        view: the document.
        shown: how the reader may read a name or words: as they are, or masked.
    """
    view = replace(
        view,
        recipient=shown(view.recipient, Kind.NAME),
        purpose=shown(view.purpose, Kind.WORDS),
    )
    is_reissue = view.kind is DocumentKind.RECEIPT
    return Printed(view, view.pdf(is_reissue=is_reissue), is_reissue)


@dataclass(frozen=True)
class Crediting:
    """Credit notes of themselves: after a refund was paid, and after an invoice for older ones.

    These run as effects, each document in a transaction of its own: the row of the series is
    held to its end, and a batch of reactions would hold it while it waits for further orders.
    """

    issuer: Issuer

    def credit_refund(self, outside: Outside, event: RefundPaid) -> None:
        with outside.unit_of_work() as uow:
            issue_credit_note(uow, event.refund_id, issuer=self.issuer)

    def credit_older(self, outside: Outside, event: DocumentIssued) -> None:
        if event.kind != DocumentKind.INVOICE:
            return
        with outside.database.looking() as session:
            found = payments.refunds(session, event.order_id)
        for refund in found:
            if refund.state is RefundState.PAID:
                with outside.unit_of_work() as uow:
                    issue_credit_note(uow, refund.id, issuer=self.issuer)


def figures_of(uow: UnitOfWork, order: OrderView, channel: ChannelView) -> Figures:
    """What the units still charged cost, by tax rate.

    Raises:
        DoesNotAddUp: they are not the order's total.
    """
    charged = [
        (line, line.priced)
        for line in order_queries.lines(uow.session, order.id)
        if line.priced.charged
    ]
    goods = [
        BillLine(
            name=say(line.name, order.language),
            quantity=priced.charged,
            unit_price_minor=priced.unit_price_minor,
            amount_minor=priced.charged_net_minor,
            tax_rate_bp=priced.tax_rate_bp,
        )
        for line, priced in charged
    ]
    taxes = order_queries.taxes(uow.session, order.id)
    return of_order(
        goods,
        shipping_name=wording.word("shipping", order.language),
        shipping_minor=order.shipping.minor,
        taxes={one.rate_bp: (one.taxable.minor, one.tax.minor) for one in taxes},
        total_minor=order.total.minor,
        prices_contain_tax=channel.tax_mode is TaxMode.INCLUSIVE,
    )


def _bill(
    kind: DocumentKind,
    order: OrderView,
    figures: Figures,
    issuer: Issuer,
    *,
    today: date,
    sold_on: date | None,
    recipient: str,
) -> Bill:
    return Bill(
        kind=kind,
        language=order.language,
        number="",
        issued_on=today,
        order_number=order.number,
        sold_on=sold_on,
        issuer=issuer.party,
        registration=issuer.registration,
        recipient=recipient,
        currency=order.total.currency,
        prices_contain_tax=figures.prices_contain_tax,
        lines=figures.lines,
        rates=figures.rates,
        total_minor=figures.total_minor,
    )


def _says_the_same(issued: Bill, now: Bill) -> bool:
    """Whether a new invoice would tell the customer nothing else, but for its day and number."""
    return (
        replace(
            now,
            number=issued.number,
            issued_on=issued.issued_on,
            about=issued.about,
            about_on=issued.about_on,
        )
        == issued
    )


def _last_invoice(uow: UnitOfWork, order_id: int) -> DocumentView | None:
    found = [
        one
        for one in documents.documents_of(uow.session, order_id)
        if one.kind is DocumentKind.INVOICE
    ]
    return found[-1] if found else None


def _credited(uow: UnitOfWork, invoice: DocumentView) -> int:
    """What credit notes have taken off an invoice."""
    return sum(
        one.total.minor
        for one in documents.documents_of(uow.session, invoice.order_id)
        if one.kind is DocumentKind.CREDIT_NOTE and one.about_id == invoice.id
    )


def _weights(
    uow: UnitOfWork, refund: RefundView, invoiced: Figures, language: Language
) -> Mapping[int, int] | None:
    """By rate, what the goods that came back were sold for; None where the whole counts.

    A refund of the shipping is all at the rate of the shipping.
    """
    if refund.part is RefundPart.SHIPPING:
        name = wording.word("shipping", language)
        sent = {one.tax_rate_bp: one.amount_minor for one in invoiced.lines if one.name == name}
        return sent or None
    if refund.return_id is None:
        return None
    lines = {line.id: line for line in order_queries.lines(uow.session, refund.order_id)}
    weights: dict[int, int] = {}
    for came in returns.by_id(uow.session, refund.return_id).lines:
        line = lines[came.order_line_id]
        value = line.unit_price.minor * came.received
        weights[line.tax_rate_bp] = weights.get(line.tax_rate_bp, 0) + value
    known = {rate: of for rate, of in weights.items() if rate in invoiced.gross_by_rate and of}
    return known or None


def _recipient(uow: UnitOfWork, order: OrderView, wanted: str | None) -> str:
    """Whom a document names: whoever was asked for, else the customer.

    Raises:
        Invalid: too long, with signs that cannot be kept, or nobody is known.
    """
    if wanted is not None and wanted.strip():
        return _text(wanted, LONGEST_RECIPIENT, "recipient")
    customer = people.find(uow.session, order.customer_id)
    if customer is None or not customer.name:
        raise Invalid("nobody is named", {"recipient": "is missing"})
    return customer.name[:LONGEST_RECIPIENT]


def _text(typed: str, longest: int, field: str) -> str:
    plain = " ".join(typed.split())
    if len(plain) > longest:
        raise Invalid("this is too long", {field: f"has more than {longest} characters"})
    if not plain.isprintable():
        raise Invalid("this cannot be printed", {field: "has characters that cannot be printed"})
    return plain


def _paid_by(kinds: Mapping[MethodKind | None, int], order: OrderView) -> str:
    words = (wording.payment(kind or "", order.language) for kind in sorted(kinds, key=str))
    return " · ".join(dict.fromkeys(word for word in words if word))


def _stamp(
    kinds: Mapping[MethodKind | None, int], figures: Figures, order: OrderView
) -> int | None:
    """The stamp for the part of a receipt that was cash, its tax not counted."""
    if order.total.currency != "JPY":
        return None
    cash = sum(amount for kind, amount in kinds.items() if kind in CASH)
    part = min(cash, figures.total_minor)
    return stamp_duty(part - figures.tax_minor * part // figures.total_minor)


def _payment_of(order: OrderView) -> str:
    return wording.word("payment_of", order.language).format(number=order.number)


def _refund_of(order: OrderView) -> str:
    return wording.word("refund_of", order.language).format(number=order.number)


def _sold_on(order: OrderView, channel: ChannelView) -> date | None:
    placed = order.placed_at
    return placed.astimezone(ZoneInfo(channel.zone)).date() if placed else None


def _day(uow: UnitOfWork, channel: ChannelView) -> date:
    return uow.now.astimezone(ZoneInfo(channel.zone)).date()
