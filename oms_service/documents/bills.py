"""What the customer's books want: invoices, receipts and credit notes, qualified where registered.

A qualified invoice (適格請求書) names its issuer and registration number, the day of the sale,
what was sold with a mark on what is taxed at the reduced rate, the sum and the tax of each rate
with the tax rounded once a rate, and the recipient; a credit note (適格返還請求書) also the day
and number of the sale it takes back. Source: 消費税法 57条の4, and the tax agency's questions and
answers about it.
"""

from oms_service.documents import codes, wording
from oms_service.documents.papers import Bill, BillLine
from oms_service.documents.sheet import MM, PAPER_A4, Column, Sheet, printed
from oms_service.documents.slips import party
from oms_service.documents.wording import REDUCED_BP, word

INVOICE, RECEIPT, CREDIT_NOTE = "invoice", "receipt", "credit_note"


def bill(wanted: Bill) -> bytes:
    """The document as PDF, A4, in the order's language."""
    title = _title(wanted)

    def draw(sheet: Sheet) -> None:
        _head(sheet, wanted, title)
        _total(sheet, wanted)
        if wanted.kind == RECEIPT:
            _received(sheet, wanted)
        _lines(sheet, wanted)
        _rates(sheet, wanted)
        _notes(sheet, wanted)

    said = f"{title} {wanted.number}"
    return printed(draw, paper=PAPER_A4, title=said, language=wanted.language)


def _title(of: Bill) -> str:
    is_qualified = bool(of.registration) and of.kind != RECEIPT
    return word(f"qualified_{of.kind}" if is_qualified else of.kind, of.language)


def _head(sheet: Sheet, of: Bill, title: str) -> None:
    language = of.language
    sheet.put(title, sheet.left, sheet.y - 20, size=18, bold=True)
    if of.is_reissue:
        sheet.put(word("reissue", language), sheet.left, sheet.y - 36, size=11, bold=True)
    side = 20 * MM
    codes.qr(sheet.canvas, of.number, sheet.right - side, sheet.top - side, side=side)
    sheet.y = sheet.top - side - 4
    below, half = sheet.y, sheet.width / 2
    sheet.write(
        wording.on_behalf(of.recipient, language) or word("erased", language),
        width=half - 20,
        size=13,
        bold=True,
    )
    sheet.gap(4)
    lowest = sheet.y
    sheet.y = below
    at, width = sheet.left + half + 10, half - 10
    about_day = wording.day(of.about_on, language)
    about = f"{of.about} ({about_day})" if about_day else of.about
    sheet.pairs(
        [
            (word("number", language), of.number),
            (word("issued_on", language), wording.day(of.issued_on, language)),
            (word("order_number", language), of.order_number),
            (word("sold_on", language), wording.day(of.sold_on, language)),
            (word("about_invoice", language), about if of.kind == CREDIT_NOTE else ""),
        ],
        x=at,
        width=width,
    )
    sheet.gap(6)
    party(sheet, of.issuer, language, x=at, width=width)
    if of.registration:
        sheet.write(f"{word('registration', language)} {of.registration}", x=at, width=width)
    sheet.y = min(sheet.y, lowest) - 12


def _total(sheet: Sheet, of: Bill) -> None:
    height = 34
    sheet.box(sheet.left, sheet.y - height, sheet.width, height, weight=1)
    base = sheet.y - 22
    sheet.put(word(f"total_{of.kind}", of.language), sheet.left + 10, base, size=10)
    amount = wording.money(of.total_minor, of.currency, of.language)
    sheet.put(amount, sheet.right - 10, base, size=18, bold=True, align="right")
    sheet.y -= height + 10


def _received(sheet: Sheet, of: Bill) -> None:
    language = of.language
    purpose = of.purpose or word("default_purpose", language)
    top = sheet.y
    width = sheet.width - (34 * MM if of.stamp_minor else 0)
    sheet.write(f"{word('purpose', language)}  {purpose}", size=10, width=width)
    sheet.write(word("received", language), width=width)
    if of.paid_by:
        sheet.write(f"{word('paid_by', language)}  {of.paid_by}", width=width)
    if not of.is_paper:
        sheet.write(word("electronic", language), size=8, grey=True, width=width)
    if of.stamp_minor:
        side = 26 * MM
        left = sheet.right - side
        sheet.box(left, top - side, side, side)
        middle = left + side / 2
        sheet.put(word("stamp", language), middle, top - side / 2, size=8, align="center")
        amount = wording.money(of.stamp_minor, "JPY", language)
        sheet.put(amount, middle, top - side / 2 - 12, size=8, align="center")
        sheet.y = min(sheet.y, top - side)
    sheet.gap(10)


def _lines(sheet: Sheet, of: Bill) -> None:
    language = of.language
    sheet.table(
        [
            Column(head=word("item", language), share=50),
            Column(head=word("rate", language), share=9, is_number=True),
            Column(head=word("quantity", language), share=9, is_number=True),
            Column(head=word("unit_price", language), share=16, is_number=True),
            Column(head=word("amount", language), share=16, is_number=True),
        ],
        [
            [
                _marked(line, of),
                wording.rate(line.tax_rate_bp),
                str(line.quantity),
                wording.money(line.unit_price_minor, of.currency, language),
                wording.money(line.amount_minor, of.currency, language),
            ]
            for line in of.lines
        ],
    )


def _marked(line: BillLine, of: Bill) -> str:
    is_reduced = line.tax_rate_bp == REDUCED_BP and of.currency == "JPY"
    return (word("mark", of.language) if is_reduced else "") + line.name


def _rates(sheet: Sheet, of: Bill) -> None:
    """What the law wants: the sum and the tax of each rate."""
    language = of.language
    sheet.need(34 + 18 * len(of.rates))
    sheet.gap(12)
    sum_word = "sum_with_tax" if of.prices_contain_tax else "sum_without_tax"
    sheet.table(
        [
            Column(head=word("rate", language), share=40),
            Column(head=word(sum_word, language), share=30, is_number=True),
            Column(head=word("tax", language), share=30, is_number=True),
        ],
        [
            [
                wording.rate(one.tax_rate_bp),
                wording.money(one.amount_minor, of.currency, language),
                wording.money(one.tax_minor, of.currency, language),
            ]
            for one in of.rates
        ],
    )


def _notes(sheet: Sheet, of: Bill) -> None:
    language = of.language
    sheet.need(40)
    sheet.gap(4)
    if of.currency == "JPY" and any(line.tax_rate_bp == REDUCED_BP for line in of.lines):
        sheet.write(word("reduced", language), size=8)
    if of.kind == INVOICE and of.about:
        sheet.write(word("replaces", language).format(about=of.about), size=8)
    sheet.write(word("enquiries", language), size=8, grey=True)
