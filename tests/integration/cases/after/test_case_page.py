"""A customer's own case on the portal: read, written to, accepted, sent back, judged."""

import io
import re
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases import queries, service
from cases.after import queries as asked
from cases.after import surveys
from cases.after.links import KEPT, AfterLinks, Opens
from cases.states import CaseState, EntryKind
from cases.taxonomy import fields
from cases.taxonomy.states import FieldKind
from cases.views import CaseView
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.people import People
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.web import csrf
from tests.factories.afterwards import Settled, make_settled
from tests.factories.cases import make_case
from tests.factories.files import a_photo
from tests.factories.orders import make_order
from tests.factories.shop import make_customer
from tests.factories.staff import post, proof
from tests.fakes.clock import StandingClock
from tests.integration.cases.taxonomy.test_sheet import a_field
from tests.pages import plain

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def settled(runtime: Runtime) -> Settled:
    made = make_settled(runtime)
    drain(runtime)
    return made


def signed_in(app: Flask, runtime: Runtime, customer_id: int) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, customer_id, device="a test", instead_of=None
        )
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def mine(app: Flask, runtime: Runtime, settled: Settled) -> FlaskClient:
    return signed_in(app, runtime, settled.customer_id)


@pytest.fixture
def link(runtime: Runtime, settled: Settled) -> str:
    signer = AfterLinks(runtime.settings.secret_key, "", runtime.clock)
    return signer.url(Opens.CASE, settled.case.id, settled.customer_id)


def read(runtime: Runtime, case_id: int) -> CaseView:
    with runtime.database.reading() as connection:
        return queries.by_id(connection, case_id)


def form_id(page: str) -> str:
    found = re.search(r'name="form_id" value="([^"]+)"', page)
    assert found
    return found[1]


def cases_of_all(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        return int(session.execute(text("SELECT count(*) FROM cases")).scalar_one())


def test_the_list_leads_to_the_case_and_shows_what_was_said_but_no_note(
    mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    with runtime.unit_of_work(staff(settled.agent_id)) as uow:
        service.note(uow, settled.case.id, "looks like fraud")
    listed = mine.get("/cases").text
    assert f'href="/cases/{settled.case.number}"' in listed
    page = mine.get(f"/cases/{settled.case.number}").text
    assert "確認いたしました。" in page
    assert "We believe that this is settled. Is it?" in page
    assert "looks like fraud" not in page
    assert "told by phone" not in page


def test_fields_the_shop_shows_to_customers_stand_there_and_others_do_not(
    mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        day = a_field(uow, FieldKind.DATE, is_public=True)
        risk = a_field(uow, FieldKind.TEXT)
    with runtime.unit_of_work(staff(settled.agent_id)) as uow:
        fields.write(uow, settled.case.id, {day: "2026-11-22", risk: "looks like fraud"})
    page = plain(mine.get(f"/cases/{settled.case.number}").text)
    assert "Field date Sun 22 Nov" in page
    assert "looks like fraud" not in page


def test_an_open_case_says_by_when_it_is_answered(
    mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_case(uow, reason="refund", customer_id=settled.customer_id)
    drain(runtime)
    page = plain(mine.get(f"/cases/{other.number}").text)
    # Asked on a Sunday: the desk opens on the Tuesday after a holiday.
    assert "We answer by Tue 24 Nov, 9:15" in page
    assert "Nothing has been written yet." in page


def test_a_case_that_was_answered_says_by_when_it_is_settled(
    mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    path = f"/cases/{settled.case.number}"
    assert "We mean to have it settled" not in mine.get(path).text
    with runtime.unit_of_work(staff(settled.agent_id)) as uow:
        service.reopen(uow, settled.case.id)
    drain(runtime)
    with runtime.database.looking() as session:
        query = text("SELECT due_at FROM sla_clocks WHERE metric = 'resolution' AND case_id = :id")
        due = session.execute(query, {"id": settled.case.id}).scalar_one()
    page = plain(mine.get(path).text)
    assert f"We mean to have it settled by {due.astimezone(TOKYO):%a %-d %b}" in page
    assert "We answer by" not in page


def test_what_is_written_into_an_open_case_goes_to_its_colleague_once(
    mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    with runtime.unit_of_work(staff(settled.agent_id)) as uow:
        service.reopen(uow, settled.case.id)
        service.ask_customer(uow, settled.case.id, "どの色ですか。")
    drain(runtime)
    path = f"/cases/{settled.case.number}"
    sent = {"form_id": form_id(mine.get(path).text), "text": "青です"}
    for _twice in range(2):
        assert post(mine, f"{path}/write", sent).status_code == 303
    drain(runtime)
    now = read(runtime, settled.case.id)
    assert (now.state, now.assignee_id) == (CaseState.OPEN, settled.agent_id)
    assert mine.get(path).text.count("青です") == 1
    with runtime.database.looking() as session:
        kinds = [one.data.get("what") for one in queries.entries(session, settled.case.id)]
    assert kinds.count("message") == 1


def test_yes_closes_it_and_pressed_twice_it_stays_closed(
    mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    path = f"/cases/{settled.case.number}"
    for _twice in range(2):
        assert post(mine, f"{path}/accept").status_code == 303
    assert read(runtime, settled.case.id).state is CaseState.CLOSED
    with runtime.database.looking() as session:
        acts = [one.data.get("what") for one in queries.entries(session, settled.case.id)]
    assert acts.count("accepted") == 1


def test_no_brings_it_back_to_the_same_agent_even_with_polite_words(
    app: Flask, runtime: Runtime, settled: Settled, link: str
) -> None:
    guest = app.test_client()
    guest.set_cookie("lang", "en")
    page = guest.get(link)
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    sent = {"form_id": form_id(page.text), "text": "ありがとうございます"}
    done = post(guest, f"{link}/reject", sent)
    assert (done.status_code, done.location) == (303, link)
    drain(runtime)
    now = read(runtime, settled.case.id)
    assert (now.state, now.assignee_id) == (CaseState.OPEN, settled.agent_id)
    with runtime.database.looking() as session:
        entries = queries.entries(session, settled.case.id)
    assert [one.kind for one in entries][-3:] == [
        EntryKind.STATE_CHANGED,
        EntryKind.ACTED,
        EntryKind.APPENDED,
    ]


def test_thanks_on_the_page_bring_nothing_back(
    mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    path = f"/cases/{settled.case.number}"
    sent = {"form_id": form_id(mine.get(path).text), "text": "thx!! 😊"}
    post(mine, f"{path}/write", sent)
    drain(runtime)
    assert read(runtime, settled.case.id).state is CaseState.RESOLVED


def test_after_the_window_another_case_follows_the_old_one(
    mine: FlaskClient, runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    clock.advance(days=4)
    path = f"/cases/{settled.case.number}"
    sent = {"form_id": form_id(mine.get(path).text), "text": "まだ壊れています"}
    done = post(mine, f"{path}/write", sent)
    number = done.location.rpartition("/")[2]
    assert number != settled.case.number
    with runtime.database.looking() as session:
        new = queries.by_number(session, number)
        follows = asked.follows(session, new.id)
    assert (new.order_id, new.reason) == (settled.order.id, settled.case.reason)
    assert follows == (settled.case.id,)


def test_a_score_on_the_page_counts_and_can_be_changed(
    mine: FlaskClient, runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    clock.advance(hours=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        surveys.ask_due(uow)
    path = f"/cases/{settled.case.number}"
    assert "How satisfied are you with our help?" in mine.get(path).text
    assert post(mine, f"{path}/rate", {"score": "9"}).status_code == 422
    for score in ("2", "4"):
        assert post(mine, f"{path}/rate", {"score": score, "words": "slow"}).status_code == 303
    with runtime.database.looking() as session:
        found = asked.survey_of_case(session, settled.case.id)
    assert found is not None
    assert (found.score, found.words, found.answered_on) == (4, "slow", "portal")


def test_a_link_in_a_mail_changes_nothing_until_its_form_is_sent(
    app: Flask, runtime: Runtime, clock: StandingClock, settled: Settled
) -> None:
    clock.advance(hours=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        surveys.ask_due(uow)
        (one,) = asked.surveys_of_case(uow.session, settled.case.id)
    signer = AfterLinks(runtime.settings.secret_key, "", runtime.clock)
    url = signer.url(Opens.SURVEY, one.id, settled.customer_id)
    scanner = app.test_client()
    scanner.set_cookie("lang", "en")
    shown = scanner.get(f"{url}?score=2")
    assert (shown.status_code, 'value="2" checked' in shown.text) == (200, True)
    with runtime.database.looking() as session:
        assert asked.survey(session, one.id) == one
    assert post(scanner, url, {"score": "5", "words": "thank you"}).status_code == 303
    with runtime.database.looking() as session:
        now = asked.survey(session, one.id)
    assert (now.score, now.words, now.answered_on) == (5, "thank you", "link")
    clock.advance(days=15)
    over = scanner.get(signer.url(Opens.SURVEY, one.id, settled.customer_id))
    assert "The time to answer this is over." in over.text
    assert post(scanner, url, {"score": "1"}).status_code == 303
    with runtime.database.looking() as session:
        assert asked.survey(session, one.id) == now


def status(client: FlaskClient, url: str) -> int:
    with client.get(url) as answer:
        return len(answer.data) and answer.status_code


def test_whoever_came_by_a_link_shows_files_and_sees_only_those_of_the_case(
    app: Flask, runtime: Runtime, mine: FlaskClient, settled: Settled, link: str
) -> None:
    guest = app.test_client()
    sent = {
        csrf.FIELD: proof(guest, link),
        "text": "これです",
        "form_id": "form-1",
        "files": [(io.BytesIO(a_photo()), "fault.jpg")],
    }
    assert guest.post(f"{link}/write", data=sent).status_code == 303
    drain(runtime)
    ahead = {csrf.FIELD: proof(guest, link), "key": "upload-key-1"}
    waits = guest.post(f"{link}/files", data={**ahead, "files": (io.BytesIO(a_photo()), "b.jpg")})
    assert waits.status_code == 201
    assert waits.json is not None
    assert status(guest, waits.json["url"]) == 200
    program = (io.BytesIO(b"\x7fELF\x00\x01"), "virus.exe")
    refused = guest.post(f"{link}/files", data={**ahead, "key": "upload-key-2", "files": program})
    assert refused.status_code in {415, 422}
    page = guest.get(link).text
    (picture,) = set(re.findall(r'href="([^"]*/files/[^"]+)"', page))
    assert status(guest, picture) == 200
    assert status(guest, f"{picture}/preview") == 200
    # What is of the customer and not of this case's messages is as one that never was.
    other = {csrf.FIELD: proof(mine, "/cases"), "key": "upload-key-3"}
    made = mine.post("/files", data={**other, "files": (io.BytesIO(a_photo()), "own.jpg")})
    assert made.json is not None
    for unknown in (made.json["id"], "nothing"):
        assert guest.get(f"{link}/files/{unknown}").status_code == 404
    assert guest.get(picture.replace("/case/", "/case/x")).status_code == 404
    stolen = {**sent, "form_id": "form-2", "file": made.json["id"]}
    del stolen["files"]
    assert guest.post(f"{link}/write", data=stolen).status_code == 422
    gone = guest.post(f"{link}/files/{waits.json['id']}/remove", data=ahead)
    assert (gone.status_code, guest.get(waits.json["url"]).status_code) == (204, 404)


def test_links_end_with_their_day_and_with_their_owner(
    app: Flask, runtime: Runtime, clock: StandingClock, settled: Settled, link: str
) -> None:
    guest = app.test_client()
    assert guest.get(link).status_code == 200
    assert guest.get(link[:-2]).status_code == 404
    assert guest.get(link.replace("/case/", "/rate/")).status_code == 404
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, mail="other@example.com")
        People(runtime.keepers).merge(uow, kept_id=other, merged_id=settled.customer_id)
    drain(runtime)
    assert guest.get(link).status_code == 404
    signer = AfterLinks(runtime.settings.secret_key, "", runtime.clock)
    fresh = signer.url(Opens.CASE, settled.case.id, other)
    assert guest.get(fresh).status_code == 200
    clock.advance(days=KEPT.days + 2)
    assert guest.get(fresh).status_code == 404


def test_another_customers_case_and_a_review_are_not_found(
    app: Flask, mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        stranger = make_customer(uow, mail="other@example.com")
        review = make_case(uow, customer_id=settled.customer_id)
        uow.session.execute(
            text("UPDATE cases SET is_internal = true WHERE id = :id"), {"id": review.id}
        )
    elsewhere = signed_in(app, runtime, stranger)
    assert elsewhere.get(f"/cases/{settled.case.number}").status_code == 404
    assert post(elsewhere, f"/cases/{settled.case.number}/accept").status_code == 404
    assert mine.get(f"/cases/{review.number}").status_code == 404
    assert review.number not in mine.get("/cases").text
    assert read(runtime, settled.case.id).state is CaseState.RESOLVED


def test_a_new_case_is_opened_from_an_order_by_its_reason_once(
    mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    path = f"/orders/{settled.order.number}/cases/new"
    page = mine.get(path).text
    assert 'value="damaged"' in page
    assert 'value="review"' not in page
    before = cases_of_all(runtime)
    sent = {"form_id": form_id(page), "reason": "missing", "text": "The cup is broken."}
    assert post(mine, path, {**sent, "reason": "review"}).status_code == 422
    assert post(mine, path, {**sent, "reason": "damaged"}).status_code == 422
    assert post(mine, path, {**sent, "text": " "}).status_code == 422
    assert cases_of_all(runtime) == before
    first, again = post(mine, path, sent), post(mine, path, sent)
    assert first.location == again.location
    assert cases_of_all(runtime) == before + 1
    drain(runtime)
    opened = mine.get(first.location).text
    assert "The cup is broken." in opened


def test_somebody_elses_order_opens_no_case(
    app: Flask, mine: FlaskClient, runtime: Runtime, settled: Settled
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        stranger = make_customer(uow, mail="other@example.com")
        theirs = make_order(uow, settled.shop, number="A-77777", customer_id=stranger)
    assert mine.get(f"/orders/{theirs.number}/cases/new").status_code == 404
    assert app.test_client().get("/cases").status_code == 303
