"""Sign-in by providers, over real HTTP against one that can do everything wrong."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from oms_service.access import outside, privacy, queries, second_steps, staff, totp
from oms_service.access.models import OutsideIdentity, OutsideTrip, SecondStep, Session, Staff
from oms_service.access.states import Role, SessionKind
from oms_service.adapters.oidc import provider as oidc
from oms_service.adapters.oidc.client import Oidc, OutsideFailed
from oms_service.conversations.models import Message
from oms_service.infra.privacy import Person
from oms_service.kernel.actors import SYSTEM
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import BadSetting, Settings
from tests.apps import an_app
from tests.factories.shop import make_customer
from tests.factories.staff import PASSWORD, make_staff, post, proof, sign_in
from tests.fakes.clock import StandingClock
from tests.fakes.oidc_server import STRANGER, OidcServer, an_oidc_server

MAIL = "misaki.sato@example.jp"
Claims = Mapping[str, object]
VOUCHED: Claims = {"email": "agent@shop.example", "email_verified": True}


@pytest.fixture
def server(clock: StandingClock) -> Iterator[OidcServer]:
    with an_oidc_server(lambda: clock.now().timestamp()) as made:
        yield made


@pytest.fixture
def other(clock: StandingClock) -> Iterator[OidcServer]:
    with an_oidc_server(lambda: clock.now().timestamp(), "entra") as made:
        yield made


@pytest.fixture
def settings(settings: Settings, server: OidcServer, other: OidcServer) -> Settings:
    known = oidc.parse(f"{server.setting} {other.setting}")
    return replace(settings, staff_oidc=known, customer_oidc=known)


@pytest.fixture
def staff_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_staff(uow).id


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def out(
    client: FlaskClient, slug: str = "google", *, side: str = "/staff", next_path: str = ""
) -> str:
    """Set out; where the provider's page is."""
    left = client.get(f"{side}/sign-in/with/{slug}?next={next_path}")
    assert left.status_code == 303
    where: str = left.headers["Location"]
    return where


def come(
    client: FlaskClient, server: OidcServer, claims: Claims | None = None, *, side: str = "/staff"
) -> TestResponse:
    """Set out, sign in there, come back."""
    return client.get(server.grant(out(client, server.slug, side=side), **(claims or {})))


def come_as_customer(
    client: FlaskClient, server: OidcServer, claims: Claims | None = None
) -> TestResponse:
    """The same at the entrance for customers."""
    return come(client, server, claims, side="")


def is_in(client: FlaskClient) -> bool:
    return client.get("/staff/sessions").status_code == 200


def rows(runtime: Runtime, model: type) -> int:
    with runtime.database.looking() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_colleague_is_known_by_a_vouched_mail_once_and_by_the_subject_from_then_on(
    client: FlaskClient, runtime: Runtime, server: OidcServer, staff_id: int
) -> None:
    assert "Sign in with Google" in client.get("/staff/sign-in?lang=en").text
    where = out(client, next_path="/staff/security")
    said = {name: one[0] for name, one in parse_qs(urlsplit(where).query).items()}
    assert where.startswith(f"{server.url}/authorize?")
    assert said["response_type"] == "code"
    assert said["code_challenge_method"] == "S256"
    assert set(said["scope"].split()) == {"openid", "email", "profile"}
    assert said["redirect_uri"] == "http://localhost:8000/staff/sign-in/with/google/back"
    came = client.get(server.grant(where, **VOUCHED))
    assert (came.status_code, came.headers["Location"]) == (303, "/staff/security")
    assert is_in(client)
    assert "Google" in client.get("/staff/security").text
    post(client, "/staff/sign-out")
    # Known by the subject now, whatever the mail says.
    assert come(client, server, {"email": "someone@else.example"}).status_code == 303
    assert is_in(client)
    assert rows(runtime, OutsideIdentity) == 1
    with runtime.database.looking() as session:
        told = queries.changes_of(session, staff_id)
    assert [one.data for one in told] == [{"provider": {"was": [], "is": ["google"]}}]


def test_who_is_not_vouched_for_or_unknown_is_not_let_in(
    client: FlaskClient, runtime: Runtime, server: OidcServer, staff_id: int
) -> None:
    for claims in (
        {"email": "agent@shop.example"},
        {"email": "agent@shop.example", "email_verified": False},
        {"email": "agent@shop.example", "email_verified": "true"},
        {"email": "nobody@shop.example", "email_verified": True},
        {},
    ):
        refused = come(client, server, claims)
        assert refused.status_code == 403
        assert "該当するアカウントがありません。" in refused.text
    assert not is_in(client)
    assert rows(runtime, OutsideIdentity) == 0
    assert rows(runtime, Staff) == 1


def test_a_mail_address_that_has_a_new_owner_opens_nothing(
    client: FlaskClient, runtime: Runtime, server: OidcServer, staff_id: int
) -> None:
    come(client, server, VOUCHED)
    post(client, "/staff/sign-out")
    assert come(client, server, {**VOUCHED, "sub": "sub-2"}).status_code == 403
    assert not is_in(client)


def test_who_is_shut_out_stays_out(
    client: FlaskClient, runtime: Runtime, server: OidcServer, staff_id: int
) -> None:
    come(client, server, VOUCHED)
    with runtime.unit_of_work(SYSTEM) as uow:
        staff.deactivate(uow, staff.id_of(uow, "agent@shop.example"))
    assert not is_in(client)
    assert come(client, server, VOUCHED).status_code == 403
    assert come(client, server, {**VOUCHED, "sub": "sub-2"}).status_code == 403
    assert not is_in(client)


FAULTS: Mapping[str, dict[str, object]] = {
    "wrong nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"without": frozenset({"nonce"})},
    "for somebody else": {"claims": {"aud": "another-client"}},
    "for several, and not handed to us": {"claims": {"aud": ["desk-client", "another"]}},
    "from somebody else": {"claims": {"iss": "https://evil.example"}},
    "over": {"claims": {"exp": 1_600_000_000}},
    "without an end": {"without": frozenset({"exp"})},
    "of nobody": {"without": frozenset({"sub"})},
    "of a subject too long": {"claims": {"sub": "x" * 256}},
    "of a subject that is none": {"claims": {"sub": 7}},
    "unsigned": {"algorithm": "none"},
    "signed by a secret": {"algorithm": "HS256"},
    "of a foreign key": {"signs_with": STRANGER},
    "with another hash of the access token": {"claims": {"at_hash": "bm90IHRoaXM"}},
    "broken": {"token_status": 500},
    "refused": {"token_status": 401},
}


def test_a_token_that_is_not_to_be_believed_lets_nobody_in(
    client: FlaskClient, runtime: Runtime, server: OidcServer, staff_id: int
) -> None:
    statuses = {}
    for name, fault in FAULTS.items():
        was = {one: getattr(server, one) for one in fault}
        way_back = server.grant(out(client), **VOUCHED)
        for one, value in fault.items():
            setattr(server, one, value)
        refused = client.get(way_back)
        statuses[name] = refused.status_code
        assert "Googleでサインインできませんでした。" in refused.text, name
        for one, value in was.items():
            setattr(server, one, value)
    assert statuses == dict.fromkeys(FAULTS, 502)
    assert not is_in(client)
    assert rows(runtime, OutsideIdentity) == rows(runtime, Session) == 0
    assert come(client, server, VOUCHED).status_code == 303


def test_the_way_back_is_good_once_in_the_browser_that_set_out_and_from_where_it_went(
    client: FlaskClient,
    runtime: Runtime,
    clock: StandingClock,
    server: OidcServer,
    other: OidcServer,
    staff_id: int,
) -> None:
    way_back = server.grant(out(client), **VOUCHED)
    stranger = client.application.test_client()
    assert stranger.get(way_back).status_code == 400
    assert client.get(way_back.replace("state=", "state=x")).status_code == 400
    # One provider's answer brought to the other's address, which shares the browser's cookie.
    mixed = way_back.replace("/with/google/", "/with/entra/")
    assert client.get(mixed).status_code == 400
    assert other.asked == []
    assert client.get(f"{way_back}&iss=https://evil.example").status_code == 502
    assert client.get(way_back).status_code == 400
    assert not is_in(client)
    again = server.grant(out(client), **VOUCHED)
    assert client.get(again).status_code == 303
    assert client.get(again).status_code == 400
    late = server.grant(out(client), **VOUCHED)
    clock.advance(minutes=10)
    assert client.get(late).status_code == 400


def test_who_calls_it_off_there_is_told_so_and_an_unknown_provider_is_not_found(
    client: FlaskClient, server: OidcServer
) -> None:
    state = parse_qs(urlsplit(out(client)).query)["state"][0]
    back = f"/staff/sign-in/with/google/back?error=access_denied&state={state}"
    assert client.get(back).status_code == 502
    assert client.get("/staff/sign-in/with/nobody").status_code == 404
    assert client.get("/sign-in/with/nobody/back").status_code == 404


def test_a_provider_that_is_away_or_calls_itself_otherwise_is_said_in_words(
    client: FlaskClient, server: OidcServer, other: OidcServer
) -> None:
    server.metadata = {"issuer": "https://evil.example"}
    other.metadata = {"token_endpoint": "http://plain.example/token"}
    assert client.get("/staff/sign-in/with/google").status_code == 502
    came = client.get(other.grant(out(client, "entra"), **VOUCHED))
    assert came.status_code == 502


def test_a_slow_provider_is_let_go(clock: StandingClock, server: OidcServer) -> None:
    server.waits_s = 0.3
    asking = Oidc(server.provider, clock.now, timeout_s=(0.1, 0.1))
    with pytest.raises(OutsideFailed, match="Timeout"):
        asking.way_out(back="http://localhost/", state="s", nonce="n", verifier="v" * 43)


def test_new_keys_are_read_when_a_token_names_one(
    client: FlaskClient, clock: StandingClock, server: OidcServer, staff_id: int
) -> None:
    keys = server.keys
    server.keys = [keys[1]]
    first = server.grant(out(client), **VOUCHED)
    server.keys = keys
    assert client.get(first).status_code == 502  # read a moment ago: not again so soon
    second = server.grant(out(client), **VOUCHED)
    clock.advance(minutes=2)
    assert client.get(second).status_code == 303
    assert server.asked.count("/keys") == 2


def test_the_second_step_is_asked_for_where_the_role_must_and_the_provider_did_not(
    settings: Settings, clock: StandingClock, server: OidcServer
) -> None:
    strict = replace(settings, staff_second_step_roles=frozenset({"lead"}))
    with house(strict, clock) as (runtime, client):
        with runtime.unit_of_work(SYSTEM) as uow:
            agent = make_staff(uow).id
            make_staff(uow, Role.LEAD)
            second_steps.begin(uow, agent)
        seed = the_seed(runtime)
        code = totp.code(totp.secret(strict.secret_key, seed), totp.step_at(clock.now()))
        with runtime.unit_of_work(SYSTEM) as uow:
            second_steps.confirm(uow, strict.secret_key, agent, code)
        assert come(client, server, VOUCHED).status_code == 303
        assert is_in(client)  # an agent need not, and the provider has asked already
        post(client, "/staff/sign-out")
        lead = {"email": "lead@shop.example", "email_verified": True, "sub": "sub-lead"}
        half = come(client, server, lead)
        assert half.headers["Location"] == "/staff/sign-in/set-up"
        assert not is_in(client)
        assert come(client, server, {**lead, "amr": ["pwd", "mfa"]}).status_code == 303
        assert is_in(client)


def test_passwords_can_be_off_and_a_domain_can_bring_new_colleagues(
    settings: Settings, clock: StandingClock, server: OidcServer
) -> None:
    alone = replace(settings, staff_passwords=False, staff_oidc_domains={"shop.example": "agent"})
    with house(alone, clock) as (runtime, client):
        with runtime.unit_of_work(SYSTEM) as uow:
            make_staff(uow, Role.LEAD)
        assert 'name="password"' not in client.get("/staff/sign-in").text
        assert sign_in(client, "lead@shop.example").status_code == 403
        elsewhere = come(client, server, {"email": "new@other.example", "email_verified": True})
        assert elsewhere.status_code == 403
        known = {"email": "New@shop.example", "email_verified": True, "name": "新井 光"}
        assert come(client, server, known).status_code == 303
        assert is_in(client)
        assert "password_now" not in client.get("/staff/security").text
        assert post(client, "/staff/security/password").status_code == 403
        with runtime.database.reading() as connection:
            made = queries.staff_by_mail(connection, "new@shop.example")
        assert made is not None
        assert (made.name, made.roles) == ("新井 光", frozenset({Role.AGENT}))
        with runtime.database.reading() as connection:
            assert queries.password_of(connection, made.id) is None


def test_settings_that_name_no_role_or_leave_no_way_in_stop_the_start(
    settings: Settings, server: OidcServer
) -> None:
    with (
        pytest.raises(BadSetting, match="STAFF_SECOND_STEP_ROLES"),
        house(replace(settings, staff_second_step_roles=frozenset({"boss"})), StandingClock()),
    ):
        pass
    for bad in ("google", "google=http://plain.example,a,b", "a=https://x.example,b", "A=b,c,d"):
        with pytest.raises(ValueError, match="must"):
            oidc.parse(bad)
    with pytest.raises(ValueError, match="once"):
        oidc.parse(f"{server.setting} {server.setting}")


def the_seed(runtime: Runtime) -> str:
    with runtime.database.looking() as session:
        return session.scalars(select(SecondStep.seed)).one()


@contextmanager
def house(settings: Settings, clock: StandingClock) -> Iterator[tuple[Runtime, FlaskClient]]:
    with an_app(settings, clock=clock) as app:
        yield held_by(app), app.test_client()


def newest_code(runtime: Runtime) -> str:
    with runtime.database.looking() as session:
        text = session.scalar(select(Message.text).order_by(Message.id.desc()).limit(1)) or ""
    found = re.search(r"\d{6}", text)
    return found[0] if found else ""


def send(client: FlaskClient, path: str, **data: str) -> TestResponse:
    return client.post(path, data={"csrf_token": proof(client, "/sign-in"), **data})


def test_a_customer_proves_their_mail_once_and_comes_in_by_the_provider_then(
    client: FlaskClient, runtime: Runtime, server: OidcServer
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow, MAIL)
    asked = come_as_customer(client, server, {"email": MAIL, "email_verified": True})
    assert (asked.status_code, asked.headers["Location"]) == (303, "/sign-in?link=1")
    assert "Googleで確認できました。" in client.get("/sign-in?link=1").text
    assert "Googleで確認できました。" not in client.get("/sign-in").text
    assert client.get_cookie("oms_customer") is None
    assert rows(runtime, OutsideIdentity) == 0
    sent = send(client, "/sign-in", mail=MAIL, link="1")
    assert 'name="link" value="1"' in sent.text
    came = send(client, "/sign-in/code", mail=MAIL, code=newest_code(runtime), link="1")
    assert came.status_code == 303
    with runtime.database.looking() as session:
        links = outside.links_of(session, SessionKind.CUSTOMER, customer)
        kept = session.scalars(select(OutsideTrip.subject)).all()
    assert ([one.provider for one in links], kept) == (["google"], [None])
    page = client.get("/account/sign-ins?lang=en")
    assert "Do not sign in with Google any more" in page.text
    browser = client.application.test_client()
    assert come_as_customer(browser, server).status_code == 303
    assert browser.get("/account/sign-ins").status_code == 200
    assert not is_in(browser)
    # A customer's word of the provider is none of a colleague's.
    assert come(browser, server).status_code == 403
    assert post(client, f"/account/sign-ins/providers/{links[0].id}/end").status_code == 303
    again = come_as_customer(client.application.test_client(), server)
    assert again.headers["Location"] == "/sign-in?link=1"


def test_unknown_and_known_mails_read_the_same_after_a_provider(
    client: FlaskClient, runtime: Runtime, server: OidcServer
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_customer(uow, MAIL)

    seen = set()
    for mail in (MAIL, "nobody@example.jp"):
        claims = {"email": mail, "email_verified": True}
        seen.add(come_as_customer(client, server, claims).headers["Location"])
        sent = send(client, "/sign-in", mail=mail, link="1").text
        seen.add(re.sub(r"[0-9a-f]{64,}", "", sent.replace(mail, "")))
    assert len(seen) == 2


def test_a_sign_in_by_code_links_nothing_unless_its_page_said_so(
    client: FlaskClient, runtime: Runtime, server: OidcServer
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_customer(uow, MAIL)
    come_as_customer(client, server)
    send(client, "/sign-in", mail=MAIL)
    assert send(client, "/sign-in/code", mail=MAIL, code=newest_code(runtime)).status_code == 303
    assert rows(runtime, OutsideIdentity) == 0


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_line_signs_with_the_channels_secret_or_with_a_key(
    settings: Settings, clock: StandingClock, algorithm: str
) -> None:
    with an_oidc_server(lambda: clock.now().timestamp(), "line") as line:
        line.algorithm = algorithm
        with house(replace(settings, customer_oidc=(line.provider,)), clock) as (_runtime, client):
            assert "LINEでサインイン" in client.get("/sign-in").text
            asked = come_as_customer(client, line)
            assert asked.headers["Location"] == "/sign-in?link=1"
            assert "LINEで確認できました。" in client.get("/sign-in?link=1").text
            line.signs_with, line.algorithm = STRANGER, "RS256"
            assert come_as_customer(client, line).status_code == 502


def test_an_erased_customer_is_known_by_no_provider(
    runtime: Runtime, client: FlaskClient, server: OidcServer
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow, MAIL)
    come_as_customer(client, server)
    send(client, "/sign-in", mail=MAIL, link="1")
    send(client, "/sign-in/code", mail=MAIL, code=newest_code(runtime), link="1")
    person = Person(ids=(customer,), mails=(MAIL,))
    with runtime.unit_of_work(SYSTEM) as uow:
        (told,) = privacy.export(uow.session, person)["providers"]
        privacy.erase(uow, person)
    assert (told["provider"], told["subject"]) == ("google", "sub-1")
    assert rows(runtime, OutsideIdentity) == 0


def test_setting_out_and_coming_back_are_limited(client: FlaskClient) -> None:
    for path in ("/sign-in/with/google", "/staff/sign-in/with/google/back"):
        statuses = [client.get(path).status_code for _ in range(31)]
        assert statuses[-1] == 429
        assert 429 not in statuses[:30]


def test_the_password_of_who_never_had_one_is_never_right(
    client: FlaskClient, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        staff.add(
            uow,
            mail="agent@shop.example",
            name="田中 葵",
            password=None,
            roles=[Role.AGENT],
            language=runtime.settings.language,
        )
    for password in ("", PASSWORD, "None"):
        assert sign_in(client, password=password).status_code == 401
