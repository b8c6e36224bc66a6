"""How colleagues come in, how they are kept out, and how a sign-in ends."""

import re

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from oms_service.access import passwords, staff
from oms_service.access.models import Session, Staff
from oms_service.access.states import Role
from oms_service.infra.limits import Limits
from oms_service.kernel import ids
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.staff import PASSWORD, make_staff, post, proof, sign_in
from tests.fakes.clock import StandingClock


@pytest.fixture(autouse=True)
def agent(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token(client: FlaskClient) -> str:
    cookie = client.get_cookie("oms_staff")
    assert cookie is not None
    return cookie.value


def open_sessions(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        return session.scalar(select(func.count()).where(Session.revoked_at.is_(None))) or 0


def test_a_page_leads_to_the_entrance_and_back(client: FlaskClient) -> None:
    away = client.get("/staff/sessions?lang=en")
    assert (away.status_code, away.headers["Location"]) == (
        303,
        "/staff/sign-in?next=%2Fstaff%2Fsessions%3Flang%3Den",
    )
    data = {"mail": "agent@shop.example", "password": PASSWORD, "next": "/staff/sessions?lang=en"}
    back = post(client, "/staff/sign-in", data)
    assert (back.status_code, back.headers["Location"]) == (303, "/staff/sessions?lang=en")
    page = client.get("/staff/sessions?lang=en")
    assert page.status_code == 200
    assert "Your sign-ins" in page.text
    assert "田中 葵" in page.text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_way_back_never_leads_off_this_site(client: FlaskClient, target: str) -> None:
    data = {"mail": "agent@shop.example", "password": PASSWORD, "next": target}
    assert post(client, "/staff/sign-in", data).headers["Location"] == "/"


def test_the_cookie_is_out_of_reach_of_scripts_and_the_table_keeps_a_digest(
    client: FlaskClient, runtime: Runtime
) -> None:
    set_cookie = next(
        one for one in sign_in(client).headers.getlist("Set-Cookie") if "oms_staff" in one
    )
    assert re.search(r"; HttpOnly", set_cookie)
    assert "SameSite=Lax" in set_cookie
    assert "Max-Age=43200" in set_cookie
    with runtime.database.looking() as session:
        stored = session.scalars(select(Session.digest)).all()
    assert stored == [ids.digest(token(client))]


@pytest.mark.parametrize(
    ("mail", "password"),
    [
        ("agent@shop.example", "wrong horse battery"),
        ("nobody@shop.example", PASSWORD),
        ("", ""),
    ],
)
def test_wrong_and_unknown_sound_the_same(
    client: FlaskClient, runtime: Runtime, mail: str, password: str
) -> None:
    refused = sign_in(client, mail, password)
    assert refused.status_code == 401
    assert "メールアドレスとパスワードが一致しません。" in refused.text
    assert client.get_cookie("oms_staff") is None
    assert open_sessions(runtime) == 0


def test_unknown_wrong_and_shut_out_take_the_same_way(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, mail="gone@shop.example")
        staff.deactivate(uow, staff.id_of(uow, "gone@shop.example"))
    looked: list[bool] = []

    def is_right(stored: str | None, password: str) -> bool:
        looked.append(stored is not None)
        return passwords.is_right(stored, password)

    for mail in ("agent@shop.example", "nobody@shop.example", "gone@shop.example"):
        admitted = staff.admit(
            runtime.database,
            runtime.limits,
            mail=mail,
            password="a wrong one",
            address="::1",
            is_right=is_right,
        )
        assert admitted is None
    assert looked == [True, False, False]


def test_five_tries_a_mail_then_even_the_right_password_waits(client: FlaskClient) -> None:
    for _ in range(5):
        assert sign_in(client, password="wrong horse battery").status_code == 401
    refused = sign_in(client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "15分後" in refused.text
    assert client.get_cookie("oms_staff") is None


def test_who_comes_in_again_and_again_is_never_sent_away(client: FlaskClient) -> None:
    assert [sign_in(client).status_code for _ in range(21)] == [303] * 21


def test_what_succeeds_leaves_failures_counted(client: FlaskClient) -> None:
    for _ in range(4):
        assert sign_in(client, password="wrong horse battery").status_code == 401
    assert [sign_in(client).status_code for _ in range(3)] == [303] * 3
    assert sign_in(client, password="wrong horse battery").status_code == 401
    assert sign_in(client).status_code == 429


def test_what_succeeds_does_not_count_while_the_broker_is_away(
    runtime: Runtime, agent: None
) -> None:
    limits = Limits("redis://127.0.0.1:1/0")
    for _ in range(6):
        found = staff.admit(
            runtime.database, limits, mail="agent@shop.example", password=PASSWORD, address="::1"
        )
        assert found is not None


def test_a_mail_is_limited_however_it_is_written(client: FlaskClient) -> None:
    for mail in ("agent@shop.example", " Agent@shop.example", "AGENT@SHOP.EXAMPLE ") * 2:
        last = sign_in(client, mail, "wrong horse battery")
    assert last.status_code == 429


def test_twenty_tries_an_address_whatever_the_mail(client: FlaskClient) -> None:
    statuses = [
        sign_in(client, f"{number}@shop.example", "wrong horse battery").status_code
        for number in range(21)
    ]
    assert statuses == [401] * 20 + [429]


def test_without_proof_of_origin_nobody_comes_in(client: FlaskClient, runtime: Runtime) -> None:
    refused = client.post(
        "/staff/sign-in", data={"mail": "agent@shop.example", "password": PASSWORD}
    )
    assert refused.status_code == 403
    assert open_sessions(runtime) == 0


def test_a_proof_from_before_the_sign_in_is_void_after_it(client: FlaskClient) -> None:
    old = proof(client)
    sign_in(client)
    assert client.post("/staff/sign-out", data={"csrf_token": old}).status_code == 403
    assert client.get("/staff/sessions").status_code == 200


def test_signing_in_again_ends_the_sign_in_this_browser_had(
    client: FlaskClient, runtime: Runtime
) -> None:
    sign_in(client)
    first = token(client)
    sign_in(client)
    assert token(client) != first
    assert open_sessions(runtime) == 1
    client.set_cookie("oms_staff", first)
    assert client.get("/staff/sessions").status_code == 303


def test_signing_out_ends_it_on_the_server_too(client: FlaskClient, runtime: Runtime) -> None:
    sign_in(client)
    kept = token(client)
    assert post(client, "/staff/sign-out").status_code == 303
    assert client.get_cookie("oms_staff") is None
    client.set_cookie("oms_staff", kept)
    assert client.get("/staff/sessions").status_code == 303
    assert open_sessions(runtime) == 0


def test_a_sign_in_ends_after_twelve_hours(client: FlaskClient, clock: StandingClock) -> None:
    sign_in(client)
    clock.advance(hours=11, minutes=59)
    assert client.get("/staff/sessions").status_code == 200
    clock.advance(minutes=1)
    assert client.get("/staff/sessions").status_code == 303


def test_one_ends_ones_own_other_sign_in_and_nobody_elses(
    app: Flask, client: FlaskClient, runtime: Runtime
) -> None:
    other = app.test_client()
    sign_in(client)
    sign_in(other)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD)
    stranger = app.test_client()
    sign_in(stranger, "lead@shop.example")
    page = client.get("/staff/sessions").text
    (number,) = re.findall(r"/staff/sessions/(\d+)/end", page)
    assert post(stranger, f"/staff/sessions/{number}/end").status_code == 404
    assert other.get("/staff/sessions").status_code == 200
    assert post(client, f"/staff/sessions/{number}/end").status_code == 303
    assert other.get("/staff/sessions").status_code == 303
    assert client.get("/staff/sessions").status_code == 200


def test_a_deactivated_colleague_is_out_at_once(client: FlaskClient, runtime: Runtime) -> None:
    sign_in(client)
    with runtime.unit_of_work(SYSTEM) as uow:
        staff.deactivate(uow, staff.id_of(uow, "agent@shop.example"))
    assert client.get("/staff/sessions").status_code == 303
    assert sign_in(client).status_code == 401


def test_a_new_password_ends_every_sign_in(client: FlaskClient, runtime: Runtime) -> None:
    sign_in(client)
    with runtime.unit_of_work(SYSTEM) as uow:
        staff.set_password(uow, "agent@shop.example", "another horse battery")
    assert client.get("/staff/sessions").status_code == 303
    assert sign_in(client).status_code == 401
    assert sign_in(client, password="another horse battery").status_code == 303


def test_a_digest_made_with_older_parameters_is_renewed_on_the_way_in(
    client: FlaskClient, runtime: Runtime
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Staff).values(password_hash=weak))
    assert sign_in(client).status_code == 303
    with runtime.database.looking() as session:
        stored = session.scalar(select(Staff.password_hash))
    assert stored is not None
    assert "m=19456,t=2,p=1" in stored
    assert sign_in(client).status_code == 303


def test_a_switch_of_language_is_remembered_for_the_colleague(
    client: FlaskClient, runtime: Runtime
) -> None:
    sign_in(client)
    post(client, "/language", {"language": "en", "next": "/staff/sessions"})
    client.delete_cookie("lang")
    assert "Your sign-ins" in client.get("/staff/sessions").text


def test_customers_and_colleagues_never_share_a_sign_in(client: FlaskClient) -> None:
    sign_in(client)
    client.set_cookie("oms_customer", token(client))
    client.delete_cookie("oms_staff")
    assert client.get("/staff/sessions").status_code == 303
    assert client.get("/sign-in").status_code == 200
