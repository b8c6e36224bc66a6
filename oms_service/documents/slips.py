"""What the warehouse prints: packing slips, pick lists, labels of our own, manifests."""

from collections.abc import Callable, Sequence

from oms_service.documents import codes, wording
from oms_service.documents.faces import BOLD, REGULAR
from oms_service.documents.lines import broken
from oms_service.documents.papers import Item, Manifest, PackingSlip, Party, PickList, ShippingLabel
from oms_service.documents.sheet import (
    MM,
    PAPER_A4,
    PAPER_A6,
    Column,
    Sheet,
    one_line,
    printed,
)
from oms_service.documents.wording import word
from oms_service.kernel.languages import Language


def packing_slip(slip: PackingSlip) -> bytes:
    """One A4 document that lies in the box; in the customer's language."""
    title = f"{word('packing_slip', slip.language)} {slip.order_number}"
    return printed(_drawing(slip), paper=PAPER_A4, title=title, language=slip.language)


def packing_slips(slips: Sequence[PackingSlip], *, language: Language) -> bytes:
    """Several of them after one another, each on paper of its own; at least one.

    Pages bear no numbers, for those of each slip would lie in another box.
    """
    drawings = [_drawing(slip) for slip in slips]

    def draw(sheet: Sheet) -> None:
        for number, one in enumerate(drawings):
            if number:
                sheet.turn()
            one(sheet)

    title = word("packing_slip", language)
    return printed(draw, paper=PAPER_A4, title=title, language=language, with_pages=False)


def _drawing(slip: PackingSlip) -> Callable[[Sheet], None]:
    language = slip.language
    box = f"{slip.box_number}  ({slip.box_index}/{slip.box_count})"

    def draw(sheet: Sheet) -> None:
        _head(sheet, word("packing_slip", language), slip.order_number)
        below = sheet.y
        half = sheet.width / 2
        party(sheet, slip.recipient, language, x=sheet.left, width=half - 10, is_customer=True)
        lowest = sheet.y
        sheet.y = below
        sheet.pairs(
            [
                (word("order_number", language), slip.order_number),
                (word("ordered_on", language), wording.day(slip.ordered_on, language)),
                (word("packed_on", language), wording.day(slip.packed_on, language)),
                *([(word("wished", language), slip.wished)] if slip.wished else []),
                (word("box", language), box),
            ],
            x=sheet.left + half,
            width=half,
        )
        sheet.gap(4)
        party(sheet, slip.sender, language, x=sheet.left + half, width=half)
        sheet.y = min(sheet.y, lowest) - 14
        sheet.table(
            [
                Column(head=word("sku", language), share=22),
                Column(head=word("item", language), share=60),
                Column(head=word("quantity", language), share=12, is_number=True, is_bold=True),
            ],
            [[item.sku, _named(item), str(item.quantity)] for item in slip.items],
        )
        sheet.need(30)
        sheet.gap(16)
        units = sum(item.quantity for item in slip.items)
        said = f"{word('units', language)}  {units}"
        sheet.put(said, sheet.right, sheet.y, bold=True, align="right")
        sheet.gap(8)
        if slip.note:
            sheet.write(slip.note)
        sheet.write(word("enquiries", language), size=8, grey=True)

    return draw


def pick_list(wanted: PickList) -> bytes:
    """One A4 document for whoever fetches; its number as Code 128."""
    language = wanted.language

    def draw(sheet: Sheet) -> None:
        _head(sheet, word("pick_list", language), wanted.number)
        sheet.pairs(
            [
                (word("number", language), wanted.number),
                (word("location", language), wanted.location),
                (word("printed_at", language), wanted.printed_at),
            ],
            x=sheet.left,
            width=sheet.width,
        )
        sheet.gap(10)
        sheet.table(
            [
                Column(head=word("bin", language), share=12, is_bold=True),
                Column(head=word("sku", language), share=20),
                Column(head=word("item", language), share=44),
                Column(head=word("order_number", language), share=18),
                Column(head=word("quantity", language), share=8, is_number=True, is_bold=True),
                Column(head=word("fetched", language), share=8),
            ],
            [
                [item.place or "-", item.sku, _named(item), item.of, str(item.quantity), "□"]
                for item in wanted.items
            ],
        )
        sheet.need(24)
        sheet.gap(16)
        units = sum(item.quantity for item in wanted.items)
        said = f"{word('units', language)}  {units}"
        sheet.put(said, sheet.right, sheet.y, bold=True, align="right")

    title = f"{word('pick_list', language)} {wanted.number}"
    return printed(draw, paper=PAPER_A4, title=title, language=language)


def label(wanted: ShippingLabel) -> bytes:
    """One A6 label for the outside of a box."""
    language = wanted.language

    def draw(sheet: Sheet) -> None:
        sheet.gap(12)
        space = sheet.width - 62
        carrier = one_line(wanted.carrier, 13, space, bold=True)
        sheet.put(carrier, sheet.left, sheet.y, size=13, bold=True)
        sheet.put(
            f"{wanted.box_index}/{wanted.box_count}",
            sheet.right,
            sheet.y,
            size=13,
            bold=True,
            align="right",
        )
        sheet.gap(12)
        sheet.put(one_line(wanted.service, 8, space), sheet.left, sheet.y, size=8)
        shown = wording.weight(wanted.weight_g)
        sheet.put(shown, sheet.right, sheet.y, size=8, align="right")
        sheet.gap(5)
        sheet.rule(weight=1)
        sheet.gap(2)
        _recipient(sheet, wanted.recipient, language)
        sheet.y = 66 * MM
        sheet.rule()
        side = 23 * MM
        codes.qr(sheet.canvas, wanted.number, sheet.right - side, sheet.y - side, side=side)
        told = [
            (word("contents", language), one_line(wanted.contents, 9, sheet.width - side - 60)),
            (word("ships_on", language), wording.day(wanted.ships_on, language)),
            *([(word("wished", language), wanted.wished)] if wanted.wished else []),
            (word("order_number", language), wanted.order_number),
        ]
        sheet.pairs(told, x=sheet.left, width=sheet.width - side)
        sheet.y = 41 * MM
        sheet.rule()
        codes.code128(
            sheet.canvas, wanted.number, sheet.left, 26.5 * MM, width=sheet.width, height=12 * MM
        )
        middle = sheet.left + sheet.width / 2
        sheet.put(wanted.number, middle, 23 * MM, size=10, bold=True, align="center")
        sheet.y = 21 * MM
        sheet.rule()
        _small(sheet, wanted.sender, language)

    title = f"{wanted.carrier} {wanted.number}"
    return printed(draw, paper=PAPER_A6, title=title, language=language, with_pages=False)


def manifest(wanted: Manifest) -> bytes:
    """One A4 document for the driver: every box, their number and weight, two signatures."""
    language = wanted.language

    def draw(sheet: Sheet) -> None:
        _head(sheet, word("manifest", language), wanted.number)
        below = sheet.y
        half = sheet.width / 2
        sheet.pairs(
            [
                (word("carrier", language), wanted.carrier),
                (word("day", language), wording.day(wanted.day, language)),
                (word("location", language), wanted.location),
            ],
            x=sheet.left,
            width=half,
        )
        lowest = sheet.y
        sheet.y = below
        party(sheet, wanted.sender, language, x=sheet.left + half, width=half)
        sheet.y = min(sheet.y, lowest) - 12
        sheet.table(
            [
                Column(head="", share=6, is_number=True),
                Column(head=word("tracking", language), share=26, is_bold=True),
                Column(head=word("box", language), share=22),
                Column(head=word("order_number", language), share=20),
                Column(head=word("region", language), share=14),
                Column(head=word("weight", language), share=12, is_number=True),
            ],
            [
                [
                    str(place),
                    row.tracking_number,
                    row.box_number,
                    row.order_number,
                    row.region,
                    wording.weight(row.weight_g),
                ]
                for place, row in enumerate(wanted.rows, start=1)
            ],
        )
        sheet.need(90)
        sheet.gap(18)
        weights = [row.weight_g for row in wanted.rows if row.weight_g is not None]
        said = f"{word('boxes', language)}  {len(wanted.rows)}"
        if weights:
            said += f"    {word('total_weight', language)}  {wording.weight(sum(weights))}"
        sheet.put(said, sheet.right, sheet.y, bold=True, align="right")
        sheet.gap(40)
        for name, x in (("handed_over_by", sheet.left), ("taken_by", sheet.left + half)):
            sheet.put(word(name, language), x, sheet.y, size=8, grey=True)
            sheet.canvas.setLineWidth(0.4)
            sheet.canvas.line(x + 70, sheet.y - 2, x + half - 14, sheet.y - 2)

    title = f"{word('manifest', language)} {wanted.number}"
    return printed(draw, paper=PAPER_A4, title=title, language=language)


def party(
    sheet: Sheet,
    of: Party,
    language: Language,
    *,
    x: float,
    width: float,
    is_customer: bool = False,
) -> None:
    """A name and address from here down; long ones take several lines."""
    if of.postal_code:
        sheet.write(wording.postal(of.postal_code), x=x, width=width)
    for line in of.lines:
        sheet.write(line, x=x, width=width)
    name = wording.to_whom(of.name, language) if is_customer else of.name
    sheet.write(name, x=x, width=width, size=12 if is_customer else 9, bold=True)
    if of.phone:
        sheet.write(f"{word('phone', language)} {of.phone}", x=x, width=width, size=8, grey=True)


def _head(sheet: Sheet, title: str, number: str) -> None:
    """The title, and the number for a scanner and for a camera."""
    side = 20 * MM
    sheet.put(title, sheet.left, sheet.y - 20, size=18, bold=True)
    codes.qr(sheet.canvas, number, sheet.right - side, sheet.top - side, side=side)
    wide = 62 * MM
    left = sheet.right - side - wide
    codes.code128(sheet.canvas, number, left, sheet.top - 12 * MM, width=wide, height=10 * MM)
    sheet.put(number, left + wide / 2, sheet.top - 16 * MM, size=8, align="center")
    sheet.y = sheet.top - side - 6


def _named(item: Item) -> str:
    return f"{item.name}  {item.options}".strip()


def _recipient(sheet: Sheet, of: Party, language: Language) -> None:
    """Large, and smaller only where it would run into what stands below."""
    sizes = (13, 11, 9, 7)
    for size in sizes:
        if _height(sheet, of, size) <= sheet.y - 68 * MM or size == sizes[-1]:
            break
    sheet.write(wording.postal(of.postal_code), size=size + 2, bold=True)
    for line in of.lines:
        sheet.write(line, size=size, most=3)
    sheet.gap(3)
    sheet.write(wording.to_whom(of.name, language), size=size + 2, bold=True, most=3)
    if of.phone:
        sheet.write(f"{word('phone', language)} {of.phone}", size=9)


def _height(sheet: Sheet, of: Party, size: float) -> float:
    rows = sum(len(broken(line, REGULAR, size, sheet.width, most=3)) for line in of.lines)
    names = len(broken(f"{of.name} 様", BOLD, size + 2, sheet.width, most=3))
    return (rows * size + (names + 1) * (size + 2) + 9) * 1.45 + 3


def _small(sheet: Sheet, of: Party, language: Language) -> None:
    where = " ".join((wording.postal(of.postal_code), *of.lines)).strip()
    sheet.write(f"{word('from', language)}  {of.name}", size=7, bold=True, most=1)
    sheet.write(where, size=7, most=2)
    if of.phone:
        sheet.write(f"{word('phone', language)} {of.phone}", size=7)
