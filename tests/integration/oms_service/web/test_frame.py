"""The frame in the whole house: headers, language, proof of origin, errors, static files."""

import gzip
import re

import pytest
from flask import Blueprint, Flask, make_response, request
from flask.testing import FlaskClient

from oms_service.access.guard import declare_public
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound, TooMany
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.web import csrf, frame
from oms_service.web.security import embeddable
from oms_service.web.viewer import Viewer
from tests.factories.staff import make_staff, sign_in

JAPANESE = {"Accept-Language": "ja,en;q=0.5", "Accept": "text/html"}
ENGLISH = {"Accept-Language": "en-GB,en", "Accept": "text/html"}
CHANGED: list[str] = []


def change() -> str:
    CHANGED.append(request.path)
    return "done"


def not_yours() -> str:
    raise NotFound("no such order")


def too_often() -> str:
    raise TooMany("wait", wait_s=90)


def bug() -> str:
    raise ZeroDivisionError


@csrf.exempt(because="the body is signed")
def free() -> str:
    return change()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    CHANGED.clear()
    guard = frame.of(app).csrf
    pages = Blueprint("pages", __name__)
    machines = Blueprint("machines", __name__)
    pages.get("/pages/token")(guard.token)
    pages.get("/pages/embedded")(lambda: embeddable(make_response("chat")))
    pages.get("/pages/not-yours")(not_yours)
    pages.get("/v1/not-yours", endpoint="v1")(not_yours)
    pages.get("/pages/too-often")(too_often)
    pages.get("/pages/bug")(bug)
    pages.post("/pages/change")(change)
    pages.post("/pages/free")(free)
    machines.post("/machines/change")(change)
    app.register_blueprint(pages)
    app.register_blueprint(machines)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("pages.", "machines.")):
            declare_public(app, rule.endpoint, reason="a test looks at it")
    guard.exempt_blueprint(machines, because="every request carries a key")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


def language_of(page: str) -> str:
    found = re.search(r'<html lang="(\w+)"', page)
    assert found
    return found[1]


# Headers


def test_every_page_says_what_it_never_does(client: FlaskClient) -> None:
    headers = client.get("/nothing", headers=JAPANESE).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'self'; connect-src 'self' http://localhost:8000; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Permissions-Policy"].startswith("camera=(), microphone=()")
    assert headers["Cache-Control"] == "no-store"


def test_only_a_page_that_says_so_may_stand_in_a_frame(client: FlaskClient) -> None:
    headers = client.get("/pages/embedded").headers
    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert "X-Frame-Options" not in headers


def test_no_page_carries_inline_script_or_style(client: FlaskClient) -> None:
    page = client.get("/nothing", headers=JAPANESE).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


# Language


def test_the_browser_is_heard(client: FlaskClient) -> None:
    assert language_of(client.get("/nothing", headers=JAPANESE).text) == "ja"
    assert language_of(client.get("/nothing", headers=ENGLISH).text) == "en"


def test_without_a_wish_the_shop_decides(client: FlaskClient) -> None:
    page = client.get("/nothing", headers={"Accept": "text/html", "Accept-Language": "fr"})
    assert language_of(page.text) == "ja"


def test_asked_beats_kept_beats_preferred_beats_spoken(app: Flask, client: FlaskClient) -> None:
    frame.of(app).recognise_with(lambda: Viewer(language=Language.ENGLISH))
    assert language_of(client.get("/nothing", headers=JAPANESE).text) == "en"
    client.set_cookie("lang", "ja")
    assert language_of(client.get("/nothing", headers=ENGLISH).text) == "ja"
    assert language_of(client.get("/nothing?lang=en", headers=JAPANESE).text) == "en"
    assert language_of(client.get("/nothing?lang=xx", headers=JAPANESE).text) == "ja"


def test_the_switch_keeps_the_choice_and_goes_back(app: Flask, client: FlaskClient) -> None:
    told: list[Language] = []
    frame.of(app).languages.remember_with(told.append)
    token = client.get("/pages/token").text
    answer = client.post(
        "/language",
        data={"language": "en", "next": "/orders?page=2&lang=ja&q=", "csrf_token": token},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/orders?page=2&q=")
    assert language_of(client.get("/nothing", headers=JAPANESE).text) == "en"
    assert told == [Language.ENGLISH]


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\n/x"],
)
def test_the_switch_never_leads_elsewhere(client: FlaskClient, target: str) -> None:
    token = client.get("/pages/token").text
    answer = client.post("/language", data={"language": "en", "next": target, "csrf_token": token})
    assert answer.headers["Location"] == "/"


# Proof of origin


def test_a_change_without_proof_is_refused(client: FlaskClient) -> None:
    assert client.post("/pages/change").status_code == 403
    client.get("/pages/token")
    assert client.post("/pages/change").status_code == 403
    assert client.post("/pages/change", data={"csrf_token": "a" * 64}).status_code == 403
    assert client.post("/pages/change", data={"csrf_token": "日本"}).status_code == 403
    assert CHANGED == []


def test_the_proof_goes_in_a_field_or_a_header(client: FlaskClient) -> None:
    token = client.get("/pages/token").text
    assert client.post("/pages/change", data={"csrf_token": token}).text == "done"
    assert client.post("/pages/change", headers={"X-CSRF-Token": token}).text == "done"
    assert CHANGED == ["/pages/change", "/pages/change"]


def test_another_browsers_proof_is_worthless(app: Flask, client: FlaskClient) -> None:
    theirs = app.test_client().get("/pages/token").text
    client.get("/pages/token")
    assert client.post("/pages/change", data={"csrf_token": theirs}).status_code == 403
    assert CHANGED == []


def test_a_proof_ends_with_the_session(app: Flask, client: FlaskClient) -> None:
    frame.of(app).csrf.bind(lambda: request.cookies.get("who", ""))
    token = client.get("/pages/token").text
    client.set_cookie("who", "somebody")
    assert client.post("/pages/change", data={"csrf_token": token}).status_code == 403
    assert CHANGED == []


def test_a_browser_that_names_another_site_is_refused(client: FlaskClient) -> None:
    token = client.get("/pages/token").text
    answer = client.post(
        "/pages/change", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert CHANGED == []


def test_machines_that_say_why_pass(app: Flask, client: FlaskClient) -> None:
    assert client.post("/pages/free").text == "done"
    assert client.post("/machines/change").text == "done"
    declared = frame.of(app).csrf.exemptions()
    assert declared["pages.free"] == "the body is signed"
    assert declared["machines.change"] == "every request carries a key"
    assert "pages.change" not in declared


def test_the_seed_is_out_of_reach_of_scripts(client: FlaskClient) -> None:
    kept = client.get("/pages/token").headers["Set-Cookie"]
    assert kept.startswith("oms_csrf=")
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept


# Errors


def test_people_get_a_page_in_their_language(client: FlaskClient) -> None:
    page = client.get("/pages/not-yours", headers=JAPANESE)
    assert page.status_code == 404
    assert "ページが見つかりませんでした" in page.text
    assert "no such order" not in page.text
    assert "We could not find that page" in client.get("/nothing", headers=ENGLISH).text


def test_our_own_failure_asks_nobody_who_is_there(app: Flask, client: FlaskClient) -> None:
    def broken() -> Viewer:
        raise AssertionError("asked again")

    frame.of(app).recognise_with(broken)
    page = client.get("/pages/bug", headers=JAPANESE)
    assert page.status_code == 500
    assert "こちら側で問題が起きました" in page.text


def test_a_limit_says_how_long_to_wait(client: FlaskClient) -> None:
    answer = client.get("/pages/too-often", headers=JAPANESE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "90")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/not-yours", {}),
        ("/v1/not-yours", {"Accept": "text/html"}),
        ("/webhooks/nothing", {}),
        ("/pages/not-yours", {"Accept": "application/json"}),
    ],
)
def test_programs_get_a_problem(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_a_piece_of_a_page_gets_a_notice(client: FlaskClient) -> None:
    answer = client.get("/pages/not-yours", headers={**ENGLISH, "HX-Request": "true"})
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in answer.text
    assert "We could not find that page" in answer.text


# Static files


def test_static_files_are_kept_for_good_and_packed(app: Flask, client: FlaskClient) -> None:
    url = frame.of(app).assets.url("css/app.css")
    packed = client.get(url, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"] == "text/css; charset=utf-8"
    plain = client.get(url, headers={"Accept-Encoding": "identity"}, buffered=True)
    assert "Content-Encoding" not in plain.headers
    assert plain.text.startswith("/* Every colour")
    assert len(packed.data) < len(plain.data) / 2


@pytest.mark.parametrize("name", ["css/app.css", "manifest.json", "../frame.py", "css/"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 404


# What travels


def test_the_proof_of_a_page_is_masked_anew_and_holds_all_the_same(client: FlaskClient) -> None:
    first, second = (client.get("/pages/token").text for _ in range(2))
    assert first != second
    for token in (first, second):
        assert client.post("/pages/change", data={csrf.FIELD: token}).status_code == 200
    for wrong in ("", "zz", first[:64], first[:-2] + "00", "\uff11" * 128):
        assert client.post("/pages/change", data={csrf.FIELD: wrong}).status_code == 403
    assert len(CHANGED) == 2


def test_pages_travel_packed_to_whoever_takes_that(client: FlaskClient) -> None:
    plain = client.get("/nothing", headers=ENGLISH | {"Accept-Encoding": "identity"})
    packed = client.get("/nothing", headers=ENGLISH | {"Accept-Encoding": "br, gzip;q=0.8"})
    assert [one.headers.get("Content-Encoding") for one in (plain, packed)] == [None, "gzip"]
    assert "Accept-Encoding" in packed.vary
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert b"We could not find that page" in gzip.decompress(packed.data)
    short = client.get("/pages/embedded", headers={"Accept-Encoding": "gzip"})
    assert short.content_encoding is None


# Navigation


def sections(client: FlaskClient) -> dict[str, bool]:
    """The groups that fold, and whether they stand open."""
    page = client.get("/staff/sessions").text
    return {
        key: bool(is_open)
        for key, is_open in re.findall(
            r'<details class="nav-fold" data-nav="([a-z-]+)"( open)?', page
        )
    }


def test_groups_fold_and_stay_as_they_were_left(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD)
    lead = app.test_client()
    sign_in(lead, "lead@shop.example")
    found = sections(lead)
    assert next(iter(found)) == "sales"
    assert list(found)[-1] in {"shop-settings", "system"}
    assert not any(found.values())
    lead.set_cookie("nav", "stock-keeping.no-such-group")
    assert [key for key, is_open in sections(lead).items() if is_open] == ["stock-keeping"]
    orders = lead.get("/console/orders").text
    assert '<details class="nav-fold" data-nav="sales" open>' in orders


def test_the_group_where_a_day_starts_comes_first_and_open(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.WAREHOUSE)
    packer = app.test_client()
    sign_in(packer, "warehouse@shop.example")
    assert next(iter(sections(packer).items())) == ("dispatch", True)


def bar(client: FlaskClient, path: str, language: str) -> str:
    page = client.get(path, query_string={"lang": language}).text
    found = re.search(r'<nav class="nav.*?</nav>', page, re.S)
    return found[0] if found else ""


def test_a_look_that_is_kept_is_only_for_whom_it_was_drawn(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.WAREHOUSE)
    lead, packer = app.test_client(), app.test_client()
    sign_in(lead, "lead@shop.example")
    sign_in(packer, "warehouse@shop.example")
    looks = [(lead, "en"), (packer, "en"), (lead, "ja"), (packer, "ja")]
    first = [bar(who, "/staff/sessions", language) for who, language in looks]
    assert len(set(first)) == 4
    assert [bar(who, "/staff/sessions", language) for who, language in looks] == first
    assert ["/console/audit" in one for one in first] == [True, False, True, False]
    assert ["監査ログ</a>" in one for one in first] == [False, False, True, False]
    there = bar(lead, "/console/orders", "en")
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', there) == ["/console/orders"]


# Pages about what went wrong


def test_an_error_page_helps_to_go_on(client: FlaskClient) -> None:
    led = ENGLISH | {"Referer": "http://localhost/sign-in?next=%2Forders", "X-Request-Id": "ab-12"}
    lost = client.get("/nothing", headers=led).text
    assert '<a class="button" href="/sign-in?next=%2Forders">' in lost
    assert "Back to where you were" in lost
    assert "<code>ab-12</code>" in lost
    assert 'href="/orders"' in lost
    elsewhere = client.get("/nothing", headers=ENGLISH | {"Referer": "https://evil.example/x"}).text
    assert "Back to where you were" not in elsewhere
    wait = client.get("/pages/too-often", headers=ENGLISH)
    assert (wait.status_code, "You can go on in about 2 minutes." in wait.text) == (429, True)
    token = client.get("/pages/token").text
    wrong = client.post("/pages/token", data={csrf.FIELD: token}, headers=ENGLISH)
    assert (wrong.status_code, "GET" in wrong.headers["Allow"]) == (405, True)
    assert "This page cannot be opened like that" in wrong.text
    bug = client.get("/pages/bug", headers=ENGLISH)
    assert (bug.status_code, "This is our fault, not yours." in bug.text) == (500, True)


def test_a_colleague_who_is_lost_may_search(client: FlaskClient) -> None:
    lost = client.get("/desk/no-such-page", headers=ENGLISH).text
    assert '<form class="error-find" role="search" action="/desk" method="get">' in lost
    assert "To the inbox" in lost
    assert "Main navigation" not in lost


@pytest.mark.parametrize("path", ["/desk/no-such-page", "/console/none", "/notices/none"])
def test_a_colleague_who_is_lost_keeps_the_navigation(
    client: FlaskClient, runtime: Runtime, path: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow)
    sign_in(client)
    lost = client.get(path, headers=ENGLISH)
    assert lost.status_code == 404
    assert 'href="/desk/for-me"' in lost.text
    assert 'aria-current="page"' not in lost.text
    assert "田中 葵" in lost.text
    # The shop's side knows them as a visitor.
    assert "/desk/for-me" not in client.get("/nothing", headers=ENGLISH).text
