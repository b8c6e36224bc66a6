"""Doing something about an order from its case: seen before it is done, and within limits."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from oms_service.access.states import Role
from tests.browser.journeys.matters import (
    Colleague,
    Matter,
    answers,
    case_now,
    colleague,
    is_open,
    matter,
    return_to_decide,
    unfolds,
)
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk

REFUNDS = "SELECT amount_minor, state FROM refunds WHERE order_id = :id ORDER BY id"
ACTS = "SELECT kind, undone_at IS NOT NULL FROM case_acts WHERE case_id = :id ORDER BY id"
WAITS = "awaiting_approval"
TOLD = "SELECT text FROM messages WHERE conversation_id = :id AND direction = 'out' ORDER BY seq"


def at_the_case(walk: Walk, place: Place, asked: Matter, agent: Colleague) -> None:
    walk.as_colleague(agent.id).opens(asked.path)
    is_open(walk, asked.case)


def begins(walk: Walk, what: str) -> None:
    """From the case to the form of what shall be done."""
    walk.presses(walk.link(what).first)
    walk.is_at(what)


def looks(walk: Walk) -> None:
    walk.presses(walk.button("Preview the change"))
    expect(walk.page.locator("#brings")).to_be_visible()


@contextmanager
def nothing_happens(place: Place, asked: Matter) -> Iterator[None]:
    yield
    assert place.rows(ACTS, id=asked.case.id) == []
    assert place.rows(REFUNDS, id=asked.order.id) == []


def test_money_goes_back_in_three_presses(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    at_the_case(walk, place, asked, agent)
    walk.step("case")
    before = walk.did.presses
    with nothing_happens(place, asked):
        begins(walk, "Refund")
        looks(walk)
        walk.step("preview")
        expect(walk.page.locator("dl.facts").first).to_contain_text(
            walk.look.either("2,000円", "¥2,000")
        )
    walk.presses(walk.button("Give the money back"))
    walk.is_told("Done: %(what)s.", what=walk.words("Refund"))
    is_open(walk, asked.case)
    assert walk.did.presses - before == 3
    assert place.rows(ACTS, id=asked.case.id) == [("refund", False)]
    ((amount, state),) = place.rows(REFUNDS, id=asked.order.id)
    assert (amount, state in {"requested", "paid"}) == (2_000, True)
    walk.step("done")


def test_money_above_the_limit_waits_for_a_second_person(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    lead = colleague(place, walk.look, Role.LEAD, name=walk.look.either("高橋 凛", "Rin Mori"))
    asked = matter(place, walk.look, items={"MUG": 20}, taken_by=agent)
    at_the_case(walk, place, asked, agent)
    walk.opens(f"{asked.path}/do/refund")
    looks(walk)
    walk.reads("This is above your limit: a colleague has to agree before it is paid.")
    walk.step("above-the-limit")
    walk.presses(walk.button("Ask a colleague to agree"))
    walk.is_told("Noted. It waits for a second person to agree.")
    walk.reads("It is your own request: somebody else decides.")
    walk.step("waits")
    assert place.rows(REFUNDS, id=asked.order.id) == [(50_000, "awaiting_approval")]
    other = walk.another("lead").as_colleague(lead.id)
    other.opens("/desk/second-person")
    row = other.page.get_by_role("row").filter(has_text=asked.order.number)
    other.presses(row.get_by_role("button", name=other.words("Agree"), exact=True))
    dialog = other.page.get_by_role("dialog")
    expect(dialog).to_contain_text(other.words("It is paid at once. Your name stays with it."))
    other.step("agreeing")
    give = other.words("Give %(money)s back", money=other.look.either("50,000円", "¥50,000"))
    other.presses(dialog.get_by_role("button", name=give))
    agreed = walk.until(
        lambda: next(
            (
                row
                for row in place.rows(REFUNDS, id=asked.order.id)
                if row[1] != "awaiting_approval"
            ),
            None,
        )
    )
    assert (agreed[0], agreed[1] in {"requested", "paid"}) == (50_000, True)
    other.step("agreed")


def test_a_return_is_approved_and_its_label_made(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = return_to_decide(place, walk.look, taken_by=agent)
    # Without script a page does not refresh itself: the second press is a real one.
    late = walk.another("late", with_script=False)
    late.as_colleague(colleague(place, walk.look).id).opens(asked.path)
    at_the_case(walk, place, asked, agent)
    walk.step("asked")
    money = walk.look.either("1,000円", "¥1,000")
    walk.presses(walk.button("Approve the return (refund %(money)s)", money=money))
    walk.is_told("Approved. The customer is being told.")
    walk.step("approved")
    state = "SELECT state, number FROM returns WHERE order_id = :id"
    ((now, number),) = place.rows(state, id=asked.order.id)
    assert now == "approved"
    told = walk.until(lambda: place.rows(TOLD, id=asked.chat_id))
    assert told[-1][0]
    late.presses(late.button("Approve the return (refund %(money)s)", money=money))
    late.is_told("Already approved by %(name)s.", name=agent.name)
    expect(late.link("Reject…")).to_have_count(0)
    late.step("too-late")
    other = walk.another("customer").as_customer(asked.person.id)
    other.opens(f"/orders/{asked.order.number}")
    expect(other.page.locator("main")).to_contain_text(number)
    other.step("the-customer-sees-it")


def test_a_return_is_refused_and_the_customer_reads_why(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = return_to_decide(place, walk.look, taken_by=agent)
    at_the_case(walk, place, asked, agent)
    walk.presses(walk.link("Reject…").first)
    sheet = walk.page.locator("#reject")
    walk.presses(sheet.get_by_role("button").last)
    assert place.one("SELECT state FROM returns WHERE order_id = :id", id=asked.order.id) == (
        "requested"
    )
    words = walk.look.either(
        "お写真から、お届け後の破損と判断いたしました。", "It broke after it was delivered."
    )
    walk.fills(sheet.locator("textarea"), words)
    walk.step("why")
    walk.presses(sheet.get_by_role("button").last)
    walk.is_told("Rejected. The customer is being told why.")
    assert place.one("SELECT state FROM returns WHERE order_id = :id", id=asked.order.id) == (
        "rejected"
    )
    told = walk.until(lambda: place.rows(TOLD, id=asked.chat_id))
    assert words in told[-1][0]
    walk.step("rejected")


def test_a_replacement_is_sent_and_called_off(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    at_the_case(walk, place, asked, agent)
    unfolds(walk, "Do something about order %(number)s", number=asked.order.number)
    begins(walk, "Replacement")
    looks_without_units(walk, place, asked)
    walk.fills(walk.page.locator(f"#units-{asked.order.line_ids[0]}"), "1")
    walk.ticks(walk.named("checkbox", "The customer has sent a photo"))
    looks(walk)
    expect(walk.page.locator("#brings").locator("..")).to_contain_text(
        walk.words("stays with the customer")
    )
    walk.step("preview")
    walk.presses(walk.button("Send the replacement"))
    walk.is_told("Done: %(what)s.", what=walk.words("Replacement"))
    assert place.rows(ACTS, id=asked.case.id) == [("replacement", False)]
    walk.step("sent")
    walk.presses(walk.button("Call it off").first)
    walk.until(lambda: place.rows(ACTS, id=asked.case.id) == [("replacement", True)])
    expect(walk.page.locator("main")).to_contain_text(walk.words("Called off"))
    walk.step("called-off")


def looks_without_units(walk: Walk, place: Place, asked: Matter) -> None:
    with nothing_happens(place, asked):
        walk.presses(walk.button("Preview the change"))
        expect(walk.page.locator("#lines .field-error")).to_be_visible()
        walk.step("no-units")


def test_an_order_is_cancelled_from_its_case(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    words = walk.look.either("キャンセルできますか。", "Can you cancel it?")
    asked = matter(place, walk.look, words=words, is_delivered=False, taken_by=agent)
    at_the_case(walk, place, asked, agent)
    unfolds(walk, "Do something about order %(number)s", number=asked.order.number)
    begins(walk, "Cancel")
    with nothing_happens(place, asked):
        looks(walk)
        walk.step("preview")
    walk.presses(walk.button("Cancel it for good"))
    walk.is_told("Done: %(what)s.", what=walk.words("Cancel"))
    walk.step("cancelled")
    query = "SELECT order_state FROM orders WHERE id = :id"
    walk.until(lambda: place.one(query, id=asked.order.id) == "cancelled")
    assert place.rows(ACTS, id=asked.case.id) == [("cancel", False)]
    ((amount, _state),) = walk.until(lambda: place.rows(REFUNDS, id=asked.order.id))
    assert amount == 2_000


def test_an_order_goes_to_another_address(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    words = walk.look.either("引っ越しました。", "I have moved.")
    asked = matter(place, walk.look, words=words, is_delivered=False, taken_by=agent)
    at_the_case(walk, place, asked, agent)
    unfolds(walk, "Do something about order %(number)s", number=asked.order.number)
    begins(walk, "Delivery address")
    walk.fills(walk.page.locator("#line1"), "西新宿2-8-1")
    with nothing_happens(place, asked):
        looks(walk)
        expect(walk.page.locator("main")).to_contain_text("西新宿2-8-1")
        walk.step("preview")
    walk.presses(walk.button("Change the address"))
    walk.is_told("Done: %(what)s.", what=walk.words("Delivery address"))
    walk.step("changed")
    street = "SELECT ship_to ->> 'line1' FROM orders WHERE id = :id"
    assert place.one(street, id=asked.order.id) == "西新宿2-8-1"
    assert place.rows(ACTS, id=asked.case.id) == [("address", False)]
    assert case_now(place, asked)[0] == "open"
    assert answers(place, asked) == []
