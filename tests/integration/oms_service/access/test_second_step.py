"""The second step of colleagues: setting it up, coming in with it, losing it, being without it."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from oms_service.access import queries, second_steps, staff, totp
from oms_service.access.models import HalfSignIn, RecoveryCode, SecondStep, Session
from oms_service.access.states import Role
from oms_service.access.sweeps import forget_half_ways
from oms_service.conversations.models import Message
from oms_service.kernel.actors import SYSTEM
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.factories.staff import PASSWORD, make_staff, post, sign_in
from tests.fakes.clock import StandingClock
from tests.queries import counted

CODE_PAGE = "/staff/sign-in/code"
PAGE = "/staff/security?lang=en"


@pytest.fixture
def staff_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_staff(uow).id


@pytest.fixture
def client(app: Flask, staff_id: int) -> FlaskClient:
    return app.test_client()


def secret_of(runtime: Runtime, staff_id: int) -> bytes:
    with runtime.database.looking() as session:
        seed = session.scalar(select(SecondStep.seed).where(SecondStep.staff_id == staff_id))
    return totp.secret(runtime.settings.secret_key, seed or "")


def code_now(runtime: Runtime, staff_id: int, *, steps: int = 0) -> str:
    step = totp.step_at(runtime.clock.now()) + steps
    return totp.code(secret_of(runtime, staff_id), step)


def switch_on(runtime: Runtime, staff_id: int) -> tuple[str, ...]:
    """Set an app up; the recovery codes."""
    with runtime.unit_of_work(SYSTEM) as uow:
        second_steps.begin(uow, staff_id)
    with runtime.unit_of_work(SYSTEM) as uow:
        return second_steps.confirm(
            uow, runtime.settings.secret_key, staff_id, code_now(runtime, staff_id)
        )


def check(runtime: Runtime, staff_id: int, typed: str) -> bool:
    with runtime.unit_of_work(SYSTEM) as uow:
        return second_steps.check(uow, runtime.settings.secret_key, staff_id, typed)


def is_in(client: FlaskClient) -> bool:
    return client.get("/staff/sessions").status_code == 200


def through(client: FlaskClient, typed: str, **data: str) -> TestResponse:
    return post(client, CODE_PAGE, {"code": typed, **data})


def rows(runtime: Runtime, model: type) -> int:
    with runtime.database.looking() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_one_sets_it_up_on_ones_own_page_and_comes_in_with_it(
    client: FlaskClient, runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    sign_in(client)
    assert "With a second step, a stolen password alone" in client.get(PAGE).text
    begun = post(client, "/staff/security/second-step")
    assert (begun.status_code, begun.headers["Location"]) == (303, "/staff/security/second-step")
    shown = client.get("/staff/security/second-step")
    secret = secret_of(runtime, staff_id)
    assert totp.typed(secret) in shown.text
    assert "<svg" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    wrong = post(client, "/staff/security/second-step/confirm", {"code": "000000"})
    assert wrong.status_code == 422
    assert rows(runtime, RecoveryCode) == 0
    done = post(
        client, "/staff/security/second-step/confirm", {"code": code_now(runtime, staff_id)}
    )
    codes = re.findall(r"<code>([2-9A-Z]{5}-[2-9A-Z]{5})</code>", done.text)
    assert len(set(codes)) == second_steps.CODES
    again = post(
        client, "/staff/security/second-step/confirm", {"code": code_now(runtime, staff_id)}
    )
    assert again.status_code == 409
    assert post(client, "/staff/security/second-step").status_code == 409
    page = client.get(PAGE).text
    assert "10 codes are left." in page
    assert not any(one in page for one in codes)

    post(client, "/staff/sign-out")
    clock.advance(seconds=30)
    half = sign_in(client)
    assert (half.status_code, half.headers["Location"]) == (303, CODE_PAGE)
    cookie = next(one for one in half.headers.getlist("Set-Cookie") if "oms_staff_half" in one)
    assert "HttpOnly" in cookie
    assert "Path=/staff/sign-in" in cookie
    assert client.get_cookie("oms_staff") is None
    assert not is_in(client)
    form = client.get(CODE_PAGE)
    assert 'autocomplete="one-time-code"' in form.text
    typed = code_now(runtime, staff_id)
    wide = f" {typed[:3]} {typed[3:]}".translate({ord(str(n)): 0xFF10 + n for n in range(10)})
    came = through(client, wide, next="/staff/security")
    assert (came.status_code, came.headers["Location"]) == (303, "/staff/security")
    assert is_in(client)
    assert client.get_cookie("oms_staff_half", path="/staff/sign-in") is None


def test_a_code_counts_once_and_an_older_one_no_more(
    runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    switch_on(runtime, staff_id)
    assert not check(runtime, staff_id, code_now(runtime, staff_id))
    assert check(runtime, staff_id, code_now(runtime, staff_id, steps=1))
    clock.advance(seconds=30)
    assert not check(runtime, staff_id, code_now(runtime, staff_id))
    assert not check(runtime, staff_id, code_now(runtime, staff_id, steps=-1))
    clock.advance(seconds=30)
    assert check(runtime, staff_id, code_now(runtime, staff_id))


def test_of_many_at_once_with_one_code_one_comes_in(
    runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    paper = switch_on(runtime, staff_id)[0]
    clock.advance(seconds=30)
    typed = code_now(runtime, staff_id)
    with ThreadPoolExecutor(4) as pool:
        by_app = list(pool.map(lambda _n: check(runtime, staff_id, typed), range(4)))
        by_paper = list(pool.map(lambda _n: check(runtime, staff_id, paper), range(4)))
    assert (by_app.count(True), by_paper.count(True)) == (1, 1)


def test_a_code_on_paper_lets_in_once_however_it_is_typed(
    client: FlaskClient, runtime: Runtime, staff_id: int
) -> None:
    codes = switch_on(runtime, staff_id)
    with runtime.database.looking() as session:
        kept = session.scalars(select(RecoveryCode.digest)).all()
    assert not any(one.replace("-", "") in digest for one in codes for digest in kept)
    sign_in(client)
    assert through(client, codes[0].lower().replace("-", " ")).status_code == 303
    assert is_in(client)
    post(client, "/staff/sign-out")
    sign_in(client)
    assert through(client, codes[0]).status_code == 401
    assert through(client, codes[1]).status_code == 303


def test_five_wrong_codes_send_back_to_the_password(
    client: FlaskClient, runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    switch_on(runtime, staff_id)
    clock.advance(seconds=30)
    sign_in(client)
    assert [through(client, "000000").status_code for _ in range(5)] == [401] * 4 + [303]
    assert through(client, code_now(runtime, staff_id)).headers["Location"] == "/staff/sign-in"
    assert rows(runtime, Session) == 0


def test_ten_tries_a_person_then_even_the_right_code_waits(
    app: Flask, client: FlaskClient, runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    switch_on(runtime, staff_id)
    clock.advance(seconds=30)
    for browser in (client, app.test_client()):
        sign_in(browser)
        for _ in range(5):
            through(browser, "000000")
    third = app.test_client()
    sign_in(third)
    refused = through(third, code_now(runtime, staff_id))
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert not is_in(third)


def test_a_code_that_lets_in_does_not_count(
    app: Flask, client: FlaskClient, runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    paper = switch_on(runtime, staff_id)
    for browser in (client, app.test_client()):
        sign_in(browser)
        for _ in range(4):
            assert through(browser, "000000").status_code == 401
    for code in paper[:3]:
        third = app.test_client()
        sign_in(third)
        assert through(third, code).status_code == 303
        assert is_in(third)


def test_half_way_is_over_after_ten_minutes_and_forgotten(
    client: FlaskClient, runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    switch_on(runtime, staff_id)
    sign_in(client)
    assert client.get(CODE_PAGE).status_code == 200
    clock.advance(minutes=10)
    assert client.get(CODE_PAGE).headers["Location"] == "/staff/sign-in"
    assert through(client, code_now(runtime, staff_id)).status_code == 303
    assert not is_in(client)
    clock.advance(seconds=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert forget_half_ways(uow) == 1
    assert rows(runtime, HalfSignIn) == 0


def test_who_is_shut_out_or_has_a_new_password_does_not_come_through(
    app: Flask, client: FlaskClient, runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    switch_on(runtime, staff_id)
    clock.advance(seconds=30)
    sign_in(client)
    with runtime.unit_of_work(SYSTEM) as uow:
        staff.set_password(uow, "agent@shop.example", "another horse battery")
    assert through(client, code_now(runtime, staff_id)).status_code == 303
    assert not is_in(client)
    other = app.test_client()
    sign_in(other, password="another horse battery")
    with runtime.unit_of_work(SYSTEM) as uow:
        staff.deactivate(uow, staff.id_of(uow, "agent@shop.example"))
    assert through(other, code_now(runtime, staff_id)).status_code == 303
    assert not is_in(other)


def test_half_way_cookie_opens_no_page_as_a_sign_in(
    client: FlaskClient, runtime: Runtime, staff_id: int
) -> None:
    switch_on(runtime, staff_id)
    sign_in(client)
    half = client.get_cookie("oms_staff_half", path="/staff/sign-in")
    assert half is not None
    for name in ("oms_staff", "oms_customer"):
        client.set_cookie(name, half.value)
    assert not is_in(client)
    assert client.get("/account/sign-ins").status_code == 303


def test_a_role_that_must_have_it_sets_it_up_at_the_entrance_and_goes_nowhere_before(
    settings: Settings, clock: StandingClock
) -> None:
    strict = replace(settings, staff_second_step_roles=frozenset({"agent"}))
    with an_app(strict, clock=clock) as app:
        runtime, client = held_by(app), app.test_client()
        with runtime.unit_of_work(SYSTEM) as uow:
            one = make_staff(uow).id
            make_staff(uow, Role.LEAD)
        half = sign_in(client)
        assert half.headers["Location"] == "/staff/sign-in/set-up"
        assert not is_in(client)
        shown = client.get("/staff/sign-in/set-up")
        assert totp.typed(secret_of(runtime, one)) in shown.text
        assert client.get(CODE_PAGE).headers["Location"] == "/staff/sign-in/set-up"
        wrong = post(client, "/staff/sign-in/set-up", {"code": "000000"})
        assert wrong.status_code == 401
        done = post(client, "/staff/sign-in/set-up", {"code": code_now(runtime, one)})
        assert len(re.findall(r"<code>[2-9A-Z]{5}-[2-9A-Z]{5}</code>", done.text)) == 10
        assert is_in(client)
        # The page that brings the cookie already proves its forms for the new sign-in.
        token = re.findall(r'name="csrf_token" value="([^"]+)"', done.text)[0]
        switched = client.post("/language", data={"csrf_token": token, "language": "en"})
        assert switched.status_code == 303
        off = post(client, "/staff/security/second-step/off", {"off_now": PASSWORD})
        assert off.status_code == 403
        lead = app.test_client()
        assert sign_in(lead, "lead@shop.example").headers["Location"] != "/staff/sign-in/set-up"
        assert is_in(lead)


def test_switching_off_and_new_codes_ask_for_password_and_code(
    app: Flask, client: FlaskClient, runtime: Runtime, clock: StandingClock, staff_id: int
) -> None:
    sign_in(client)
    old = switch_on(runtime, staff_id)
    renew, off = "/staff/security/recovery-codes", "/staff/security/second-step/off"
    for data in (
        {"renew_now": "wrong horse battery", "renew_code": old[0]},
        {"renew_now": PASSWORD, "renew_code": "000000"},
    ):
        assert post(client, renew, data).status_code == 422
    fresh = post(client, renew, {"renew_now": PASSWORD, "renew_code": old[0]})
    codes = re.findall(r"<code>([2-9A-Z]{5}-[2-9A-Z]{5})</code>", fresh.text)
    assert len(codes) == 10
    assert not check(runtime, staff_id, old[1])
    assert post(client, off, {"off_now": PASSWORD, "off_code": old[1]}).status_code == 422
    assert post(client, off, {"off_now": PASSWORD, "off_code": codes[0]}).status_code == 303
    assert rows(runtime, SecondStep) == rows(runtime, RecoveryCode) == 0
    assert sign_in(app.test_client()).headers["Location"] != CODE_PAGE
    with runtime.database.looking() as session:
        told = [one.data for one in queries.changes_of(session, staff_id)]
    assert told == [
        {"second_step": {"was": ["on"], "is": []}},
        {"second_step": {"was": [], "is": ["on"]}},
    ]


def test_a_new_password_takes_the_old_one_and_ends_all_other_sign_ins(
    app: Flask, client: FlaskClient, runtime: Runtime, staff_id: int
) -> None:
    other = app.test_client()
    sign_in(client)
    sign_in(other)
    fresh = "a whole new battery"

    def change(**data: str) -> int:
        said = {"password_now": PASSWORD, "fresh": fresh, "again": fresh, **data}
        return post(client, "/staff/security/password", said).status_code

    assert change(password_now="wrong horse battery") == 422
    assert change(again="something else here") == 422
    assert change(fresh="short", again="short") == 422
    assert is_in(other)
    assert change() == 303
    assert is_in(client)
    assert not is_in(other)
    assert sign_in(other).status_code == 401
    assert sign_in(other, password=fresh).status_code == 303
    codes = switch_on(runtime, staff_id)
    assert change(password_now=fresh) == 422
    assert change(password_now=fresh, password_code=codes[0]) == 303


def test_operations_reset_somebodys_second_step_and_they_are_told(
    app: Flask, client: FlaskClient, runtime: Runtime, staff_id: int
) -> None:
    switch_on(runtime, staff_id)
    with runtime.unit_of_work(SYSTEM) as uow:
        boss = make_staff(uow, Role.OPERATIONS).id
        make_staff(uow, Role.LEAD)
    operations, lead = app.test_client(), app.test_client()
    sign_in(operations, "operations@shop.example")
    sign_in(lead, "lead@shop.example")
    page, reset = (
        f"/staff/colleagues/{staff_id}/{one}" for one in ("sign-in?lang=en", "second-step/reset")
    )
    assert "10 recovery codes are left." in operations.get(page).text
    assert lead.get(page).status_code == 403
    assert post(lead, reset).status_code == 403
    assert post(operations, f"/staff/colleagues/{boss}/second-step/reset").status_code == 403
    assert post(operations, "/staff/colleagues/999999/second-step/reset").status_code == 404
    for _ in range(2):
        assert post(operations, reset).status_code == 303
    with runtime.database.looking() as session:
        mails = session.scalars(select(Message)).all()
        told = queries.changes_of(session, staff_id)
    assert [one.subject for one in mails] == ["二段階認証がリセットされました"]
    assert "田中 葵さん" in mails[0].text
    assert (told[0].by, told[0].data) == (
        f"staff:{boss}",
        {"second_step": {"was": ["on"], "is": []}},
    )
    assert "二段階認証" in operations.get(f"/console/staff/{staff_id}").text
    assert sign_in(client).headers["Location"] != CODE_PAGE
    assert is_in(client)
    assert post(operations, f"/staff/colleagues/{staff_id}/sign-ins/end").status_code == 303
    assert not is_in(client)


def test_all_other_sign_ins_end_at_once(app: Flask, client: FlaskClient) -> None:
    others = [app.test_client(), app.test_client()]
    for browser in (client, *others):
        sign_in(browser)
    assert post(client, "/staff/sessions/end-others").status_code == 303
    assert is_in(client)
    assert not any(is_in(one) for one in others)


def test_the_security_page_takes_as_many_queries_however_much_there_is(
    client: FlaskClient, runtime: Runtime, staff_id: int
) -> None:
    sign_in(client)
    client.get(PAGE)
    with counted(runtime.database) as before:
        client.get(PAGE)
    switch_on(runtime, staff_id)
    with counted(runtime.database) as after:
        client.get(PAGE)
    assert len(after) == len(before)
