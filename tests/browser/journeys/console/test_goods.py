"""With a scanner in the hand: picked and packed, received, moved, counted, taken back."""

import csv
import io
import re

from playwright.sync_api import FilePayload, expect

from oms_service.access.states import Role
from oms_service.kernel.actors import staff
from oms_service.kernel.ids import numeric_code, readable_code
from oms_service.operations.returning import receiving, returns
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.returns.states import ReturnReason
from tests.browser.journeys.console.goods import code_of, on_hand, own_variant, shelve
from tests.browser.journeys.matters import Colleague, colleague
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.files import a_photo
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.papers import make_purchase
from tests.factories.warehouse import COFFEE_BARCODE

MOST_TAPS = 6
#: One of the order, one that is wrong, three pieces picked and packed, and the label.
SCANS = 9


def of_the_warehouse(walk: Walk, place: Place, *roles: Role) -> Colleague:
    name = walk.look.either("伊藤 翔", "Sho Ito")
    made = colleague(place, walk.look, *(roles or (Role.WAREHOUSE,)), name=name)
    walk.as_colleague(made.id)
    return made


def sku_of(who: Colleague) -> str:
    return f"TEA-{who.handle.upper()}"


def scans_into(walk: Walk, code: str) -> None:
    """The scan field has the focus: a scanner types and ends with Enter."""
    expect(walk.page.locator("#code")).to_be_focused()
    walk.scans(code)


def picks_everything(walk: Walk) -> None:
    """A wrong scan first, which counts nothing; then two coffees and a mug."""
    scans_into(walk, "MUG")
    expect(walk.page.get_by_role("alert")).to_contain_text("MUG")
    for count, code in enumerate((COFFEE_BARCODE, COFFEE_BARCODE), start=1):
        scans_into(walk, code)
        if count == 1:
            expect(walk.page.locator(".work-count")).to_contain_text("1")
    expect(walk.page.locator(".work-shelf")).to_contain_text("B-2")
    scans_into(walk, "mug")
    expect(walk.page.locator("#code")).to_have_count(0)
    walk.step("picked")


def test_from_the_shelf_to_the_carrier_in_six_taps(walk: Walk, place: Place) -> None:
    of_the_warehouse(walk, place)
    with place.work() as uow:
        shelve(uow, place)
        person = place.customer_in(uow, walk.look)
        items = {"COFFEE": 2, "MUG": 1}
        order = make_order(uow, place.shop, items=items, customer_id=person.id, mail=person.mail)
    ready = "SELECT number FROM fulfilments WHERE order_id = :id"
    number = walk.until(lambda: place.one(ready, id=order.id))
    walk.opens("/console/warehouse")
    walk.chooses(walk.page.locator("#location"), str(place.shop.location_id))
    walk.presses(walk.button("Work here"))
    walk.step("board")
    before = walk.did.presses
    walk.presses(walk.page.locator("#number"))
    walk.scans(number)
    walk.presses(walk.button("Pick this order"))
    walk.page.wait_for_url("**/lists/P-*")
    expect(walk.page.locator("#code")).to_be_focused()
    walk.step("pick")
    picks_everything(walk)
    walk.presses(walk.page.locator(".work-next a").first)
    walk.page.wait_for_url("**/fulfilments/F-*")
    walk.presses(walk.button("Pack into this box"))
    walk.step("pack")
    for code in ("MUG", COFFEE_BARCODE, COFFEE_BARCODE):
        # The page before has such a field too, and loses what is typed into it as it leaves.
        with walk.page.expect_navigation():
            scans_into(walk, code)
    expect(walk.page.locator("#weight_g")).to_be_focused()
    walk.types("672")
    walk.step("weighed")
    walk.hits("Enter")
    tracking = walk.page.locator("input[name='tracking_number']")
    expect(tracking).to_be_focused()
    label = numeric_code(12)
    walk.scans(label)
    expect(walk.page.locator("p .number").last).to_be_visible()
    boxes = "SELECT state, tracking_number, weight_g FROM packed_boxes WHERE order_id = :id"
    walk.until(lambda: place.rows(boxes, id=order.id)[0][1])
    ((state, noted, weight),) = place.rows(boxes, id=order.id)
    assert (state, noted.replace("-", ""), weight) == ("labelled", label, 672)
    assert walk.did.presses - before - SCANS <= MOST_TAPS
    walk.step("labelled")
    walk.opens("/console/warehouse/hand-over")
    walk.step("hand-over")
    walk.presses(walk.page.locator("form[action$='/hand-over'] button").first)
    shipped = "SELECT fulfilment_state FROM orders WHERE id = :id"
    walk.until(lambda: place.one(shipped, id=order.id) == "shipped")
    walk.step("handed-over")


def test_what_a_supplier_brings_is_booked_in(walk: Walk, place: Place) -> None:
    who = of_the_warehouse(walk, place)
    sku, here = sku_of(who), place.shop.location_id
    with place.work() as uow:
        variant_id = own_variant(uow, place, sku, stock=0)
        bought = make_purchase(uow, here, {variant_id: 3})
    walk.opens(f"/console/purchases/{bought.number}")
    walk.step("ordered")
    scans_into(walk, "NO-SUCH-SKU")
    expect(walk.page.get_by_role("alert").first).to_be_visible()
    for count in ("1", "2"):
        scans_into(walk, sku)
        expect(walk.page.locator(f"#received-{sku}")).to_have_value(count)
    walk.fills(walk.page.locator(f"#damaged-{sku}"), "1")
    walk.step("counted")
    assert on_hand(place, sku, here) == (0, 0, 0)
    walk.presses(walk.button("Book in"))
    walk.is_told("Booked in. Sound units can be sold now.")
    walk.step("booked-in")
    assert on_hand(place, sku, here) == (2, 1, 0)
    received = "SELECT received, damaged FROM purchase_lines WHERE variant_id = :id"
    assert place.rows(received, id=variant_id) == [(2, 1)]


def test_goods_go_from_the_warehouse_to_the_shop(walk: Walk, place: Place) -> None:
    who = of_the_warehouse(walk, place)
    sku, here, there = sku_of(who), place.shop.location_id, place.counter_id
    with place.work() as uow:
        own_variant(uow, place, sku)
    walk.opens("/console/transfers/new")
    for _ in range(2):
        scans_into(walk, sku)
        expect(walk.page.locator(".stock-line")).to_have_count(1)
    expect(walk.page.locator(f"#quantity-{sku}")).to_have_value("2")
    walk.chooses(walk.page.locator("#from_location"), code_of(place, here))
    walk.chooses(walk.page.locator("#to_location"), code_of(place, there))
    walk.step("asked")
    walk.presses(walk.button("Ask for these goods"))
    walk.is_told("Asked for. Send the goods when they are packed.")
    walk.presses(walk.button("Send these"))
    walk.is_told("Sent. The goods are on their way.")
    walk.step("sent")
    assert on_hand(place, sku, here) == (8, 0, 0)
    assert on_hand(place, sku, there) == (0, 0, 0)
    walk.fills(walk.page.locator(f"#received-{sku}"), "2")
    walk.presses(walk.button("Book in"))
    walk.is_told("Booked in.")
    walk.step("received")
    assert on_hand(place, sku, there) == (2, 0, 0)


def test_goods_are_moved_by_hand_and_the_ledger_says_why(walk: Walk, place: Place) -> None:
    who = of_the_warehouse(walk, place, Role.OPERATIONS)
    sku, here = sku_of(who), place.shop.location_id
    with place.work() as uow:
        own_variant(uow, place, sku)
    walk.opens(f"/console/stock/{sku}")
    walk.presses(walk.link("Move by hand"))
    walk.ticks(walk.page.locator("input[name=action][value=damage]"))
    walk.fills(walk.page.locator("#quantity"), "many")
    walk.presses(walk.button("Move them"))
    expect(walk.page.get_by_role("alert").first).to_be_visible()
    assert on_hand(place, sku, here) == (10, 0, 0)
    walk.step("how-many")
    walk.fills(walk.page.locator("#quantity"), "3")
    walk.chooses(walk.page.locator("#reason"), "broken")
    walk.presses(walk.button("Move them"))
    walk.is_told("Moved. The ledger says so, with your name.")
    expect(walk.page.locator(".stock-ledger").first).to_contain_text(who.name)
    walk.step("ledger")
    assert on_hand(place, sku, here) == (7, 3, 0)


def test_a_scanner_counts_and_the_books_follow(walk: Walk, place: Place) -> None:
    who = of_the_warehouse(walk, place, Role.OPERATIONS)
    sku, here = sku_of(who), place.shop.location_id
    with place.work() as uow:
        own_variant(uow, place, sku, stock=5)
    walk.opens("/console/counts/new")
    for _ in range(2):
        scans_into(walk, sku)
        expect(walk.page.locator(".stock-line")).to_have_count(1)
    walk.chooses(walk.page.locator("#location"), code_of(place, here))
    walk.presses(walk.button("Make the sheet"))
    walk.page.wait_for_url("**/console/counts/CT-*")
    for count in ("1", "2", "3"):
        scans_into(walk, sku)
        expect(walk.page.locator(f"#counted-{sku}")).to_have_value(count)
    walk.step("counted")
    walk.presses(walk.button("Hand in"))
    walk.is_told("Handed in for approval.")
    assert on_hand(place, sku, here) == (5, 0, 0)
    walk.presses(walk.button("Approve"))
    walk.step("approving")
    walk.presses(walk.button("Approve the count"))
    walk.is_told("Approved. The books say what was counted.")
    walk.step("approved")
    assert on_hand(place, sku, here) == (3, 0, 0)


def test_a_return_is_received_and_each_piece_goes_its_way(walk: Walk, place: Place) -> None:
    who = of_the_warehouse(walk, place)
    tracking = numeric_code(12)
    sku, here = sku_of(who), place.shop.location_id
    with place.house.runtime.unit_of_work(staff(who.id)) as uow:
        own_variant(uow, place, sku)
        person = place.customer_in(uow, walk.look)
        order = make_delivered_order(
            uow, place.shop, items={sku: 3}, customer_id=person.id, mail=person.mail
        )
        line = WantedLine(line_id=order.line_ids[0], quantity=3, reason=ReturnReason.CHANGED_MIND)
        asked = returns.request(
            uow,
            Wanted(order_id=order.id, lines=[line], channel="portal", key=readable_code(12)),
        ).view
        receiving.announce(uow, asked.id, carrier="yamato", tracking_number=tracking)
    walk.opens("/console/returns")
    walk.presses(walk.page.locator("#code"))
    walk.scans(tracking)
    expect(walk.page.locator("h1")).to_contain_text(asked.number)
    walk.step("found")
    at = order.line_ids[0]
    walk.fills(walk.page.locator(f"#check-{at}"), "1")
    walk.presses(walk.button("Book in"))
    too_many = "More than was announced. Enter what is too many as something else in the parcel."
    expect(walk.page.locator(".error-summary")).to_contain_text(walk.words(too_many))
    walk.fills(walk.page.locator(f"#shelf-{at}"), "1")
    walk.fills(walk.page.locator(f"#discard-{at}"), "1")
    walk.chooses(walk.page.locator("#location"), str(here))
    walk.step("sorted")
    assert on_hand(place, sku, here) == (7, 0, 0)
    walk.presses(walk.button("Book in"))
    walk.is_told("It is booked in.")
    walk.step("booked-in")
    assert on_hand(place, sku, here) == (8, 0, 1)
    state = "SELECT state FROM returns WHERE id = :id"
    assert place.one(state, id=asked.id) == "received"


def test_a_photo_of_the_customer_is_there_when_goods_come_back(walk: Walk, place: Place) -> None:
    who = of_the_warehouse(walk, place)
    sku, here = sku_of(who), place.shop.location_id
    with place.work() as uow:
        own_variant(uow, place, sku)
        person = place.customer_in(uow, walk.look)
        order = make_delivered_order(
            uow, place.shop, items={sku: 1}, customer_id=person.id, mail=person.mail
        )
    sender = walk.another("sender").as_customer(person.id)
    sender.opens(f"/orders/{order.number}/return")
    sender.presses(sender.link("Return items", exact=False))
    sender.chooses(sender.entry("Why?"), label=sender.words("It arrived damaged"))
    photo = FilePayload(name="dent.jpg", mimeType="image/jpeg", buffer=a_photo())
    sender.presses(sender.button("Continue"))
    sender.presses(sender.button("Add a photo"))
    sender.attaches(sender.page.locator("#files"), photo)
    expect(sender.page.locator(".file-waits img")).to_have_count(1)
    sender.presses(sender.button("Continue"))
    sender.ticks(sender.page.get_by_label(sender.words("I have read these terms.")))
    sender.presses(sender.button("Request the return"))
    sender.is_at("It is accepted. Please send it back.")
    sender.step("accepted")
    number = place.one("SELECT number FROM returns WHERE order_id = :id", id=order.id)
    walk.opens(f"/console/returns/{number}")
    shown = walk.page.locator("section").filter(has_text=walk.words("Photos from the customer"))
    picture = shown.locator("img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
    at = order.line_ids[0]
    walk.fills(walk.page.locator(f"#shelf-{at}"), "0")
    walk.fills(walk.page.locator(f"#discard-{at}"), "1")
    walk.chooses(walk.page.locator("#location"), str(here))
    walk.step("photo")
    before = on_hand(place, sku, here)
    walk.presses(walk.button("Book in"))
    walk.is_told("It is booked in.")
    walk.step("thrown-away")
    assert on_hand(place, sku, here) == before
    came = "SELECT l.received, l.disposition FROM return_lines l WHERE l.order_line_id = :id"
    assert place.rows(came, id=at) == [(1, "discard")]


def test_how_stock_went_is_drawn_with_its_table_and_file(walk: Walk, place: Place) -> None:
    who = of_the_warehouse(walk, place, Role.LEAD)
    sku = sku_of(who)
    with place.work() as uow:
        own_variant(uow, place, sku, stock=12)
    with place.work() as uow:
        make_order(uow, place.shop, items={sku: 2})
    walk.opens(f"/console/stock/{sku}")
    chart = walk.page.locator("figure.chart").first
    expect(chart.locator("canvas")).to_be_visible()
    slider = chart.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("12.*2"))
    slider.focus()
    walk.hits("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("0.*0"))
    table = chart.locator("details")
    if table.get_attribute("open") is None:
        walk.presses(table.locator("summary"))
    last = table.get_by_role("row").filter(has_text="12")
    expect(last.first).to_be_visible()
    walk.step("drawn")
    name, content = walk.downloads(chart.get_by_role("link", name=walk.words("Download as CSV")))
    assert name.endswith(".csv")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert lines[-1][-2:] == ["12", "2"]
    levels = """
        SELECT on_hand, allocated FROM stock_levels WHERE location_id = :at
        AND variant_id = (SELECT id FROM variants WHERE sku = :sku)
    """
    assert place.rows(levels, at=place.shop.location_id, sku=sku) == [(12, 2)]


def test_the_boxes_of_the_shop_are_kept(walk: Walk, place: Place) -> None:
    of_the_warehouse(walk, place, Role.OPERATIONS)
    with place.work() as uow:
        shelve(uow, place)
    walk.opens("/console/warehouse/boxes")
    walk.step("boxes")
    walk.presses(walk.page.get_by_role("link", name="M", exact=True))
    walk.fills(walk.page.locator("#tare_g"), "165")
    walk.hits("Enter")
    expect(walk.page.get_by_role("row").filter(has_text="165")).to_have_count(1)
    walk.step("kept")
    assert place.one("SELECT tare_g FROM boxes WHERE code = 'M'") == 165
    walk.presses(walk.page.get_by_role("link", name="M", exact=True))
    walk.fills(walk.page.locator("#tare_g"), "160")
    walk.hits("Enter")
    expect(walk.page.get_by_role("row").filter(has_text="165")).to_have_count(0)
    walk.step("as-before")
    assert place.one("SELECT tare_g FROM boxes WHERE code = 'M'") == 160
