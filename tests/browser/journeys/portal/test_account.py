"""What a customer may see, set and take away of what we keep of them."""

import io
import json
import zipfile

from tests import pdfs
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.orders import make_order


def test_papers_are_fetched_and_a_second_receipt_says_so(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.as_customer(person.id)
    papers = []
    for button in ("Download the receipt", "Download the receipt", "Download the invoice"):
        walk.opens(f"/orders/{order.number}")
        name, content = walk.downloads(walk.button(button))
        assert name.endswith(".pdf")
        assert content.startswith(b"%PDF-")
        papers.append("".join(line for page in pdfs.pages(content) for line in page))
    walk.step("order")
    first, second, invoice = papers
    assert ("再発行" in first, "再発行" in second) == (False, True)
    assert order.number in invoice
    kinds = "SELECT kind, count(*) FROM documents WHERE order_id = :id GROUP BY kind ORDER BY kind"
    assert place.rows(kinds, id=order.id) == [("invoice", 1), ("receipt", 1)]


def test_everything_that_is_kept_is_fetched(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.as_customer(person.id).opens("/account")
    walk.presses(walk.link("Your data", exact=False))
    walk.is_at("Your data")
    walk.step("page")
    name, content = walk.downloads(walk.button("Fetch my data"))
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(content)) as kept:
        data = next(one for one in kept.namelist() if one.endswith(".json"))
        told = json.dumps(json.loads(kept.read(data)), ensure_ascii=False)
    assert order.number in told
    assert person.mail in told
    assert "misaki.sato@example.jp" not in told.replace(person.mail, "")
