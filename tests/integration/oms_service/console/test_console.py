"""The console: what it shows, who may press what, and what a second press finds."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from oms_service.access.states import Role
from oms_service.console import health
from oms_service.conversations import mail_in
from oms_service.infra import duty_words, fallout
from oms_service.infra.fallout import FalloutKind, FalloutRow
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.web import frame
from tests.apps import an_app
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff, post, sign_in
from tests.fakes.clock import StandingClock


def fail_a_step(runtime: Runtime, step: str = "bots.skills.tell") -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        fallout.record(
            uow,
            FalloutKind.EFFECT,
            subject_id=1,
            step=step,
            what="message.queued conversation:7",
            cause="ConnectionError at oms_service.adapters.mail.smtp:90",
            owner="operations",
            attempts=6,
        )
    with runtime.database.looking() as session:
        return session.scalars(select(FalloutRow.id).order_by(FalloutRow.id.desc())).first() or 0


def come_in(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


@pytest.fixture
def operations(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.OPERATIONS)


@pytest.fixture
def auditor(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.AUDITOR)


def all_rounds(runtime: Runtime) -> None:
    for sweep in runtime.sweeps.all():
        runtime.rounds.note(sweep.name, runtime.clock.now(), is_done=True)


def test_a_quiet_house_says_so(operations: FlaskClient, runtime: Runtime) -> None:
    all_rounds(runtime)
    page = operations.get("/console").text
    assert "Everything is running" in page
    assert page.count("in order") == 7
    assert page.count("on time</span>") == len(runtime.sweeps.all())
    assert f"Version {health.version()}" in page
    assert "tables at revision" in page
    assert "of 100 connections are taken" in page


def test_a_clock_that_stands_still_and_duties_that_broke_are_said_aloud_once(
    operations: FlaskClient, runtime: Runtime, clock: StandingClock
) -> None:
    all_rounds(runtime)
    runtime.rounds.note("take-inbound", clock.now(), is_done=False)
    piece = operations.get("/console/live?was=fine").text
    assert "<h1>Some repeated duties are late</h1>" in piece
    assert "Take in calls from partners" in piece
    assert "failed last time" in operations.get("/console").text
    assert 'hx-get="/console/live?was=look"' in piece
    assert piece.count("hx-swap-oob") == 1
    assert "hx-swap-oob" not in operations.get("/console/live?was=look").text
    clock.advance(minutes=3)
    piece = operations.get("/console/live?was=look").text
    assert "Last heard of 3 minutes ago. Start the clock process" in piece
    assert "hx-swap-oob" in piece


def test_what_needs_somebody_is_counted_and_opens_exactly_its_rows(
    operations: FlaskClient, runtime: Runtime
) -> None:
    assert "Nothing waits for you right now." in operations.get("/console").text
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_order(uow, shop)
    fail_a_step(runtime)
    frame.of(operations.application).badges.forget()  # as some seconds later
    page = operations.get("/console").text
    found = re.findall(r'<a class="card need" [^>]*href="([^"]+)">.*?<strong[^>]*>(\d+)<', page)
    assert found == [("/console/fallout", "1"), ("/console/orders?view=to_send", "1")]
    assert found == re.findall(
        r'<a class="card need" [^>]*href="([^"]+)">.*?<strong[^>]*>(\d+)<',
        operations.get("/console/live").text,
    )


def test_old_events_say_that_the_relay_is_behind(
    operations: FlaskClient, runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.database.reading() as connection:
        connection.execute(
            text(
                "INSERT INTO outbox (event_id, name, version, aggregate, payload, occurred_at,"
                " correlation_id, actor) VALUES (gen_random_uuid(), 'order.placed', 1, 'order:1',"
                " '{}', :at, gen_random_uuid(), 'system')"
            ),
            {"at": clock.now()},
        )
    clock.advance(minutes=5)
    page = operations.get("/console").text
    assert "The shop is behind with its work" in page
    assert "has waited for about 5 minutes" in page


def test_a_failed_step_is_shown_with_cause_owner_and_badge(
    app: Flask, operations: FlaskClient, runtime: Runtime
) -> None:
    assert "Nothing has failed" in operations.get("/console/fallout").text
    fail_a_step(runtime)
    frame.of(app).badges.forget()  # as some seconds later
    page = operations.get("/console/fallout").text
    assert "After “Message sent”: Conversation 7" in page
    assert "ConnectionError at oms_service.<wbr>adapters.<wbr>mail.<wbr>smtp:90" in page
    assert "Operations" in page
    assert "6 tries" in page
    assert re.search(r'class="count">1<', page)
    assert "1 failed step waits for a person" in operations.get("/console").text


def test_an_auditor_sees_and_cannot_press(auditor: FlaskClient, runtime: Runtime) -> None:
    number = fail_a_step(runtime)
    page = auditor.get("/console/fallout").text
    assert "After “Message sent”: Conversation 7" in page
    assert "Try again" not in page
    typed = {"step": number, "do": "retry"}
    assert post(auditor, "/console/fallout/many", typed).status_code == 403
    with runtime.database.looking() as session:
        assert fallout.count(session) == 1


def test_a_key_is_shown_once_works_and_is_revoked(
    app: Flask, operations: FlaskClient, runtime: Runtime
) -> None:
    assert "No keys yet" in operations.get("/console/keys").text
    made = post(
        operations, "/console/keys", {"label": "carrier", "scope": ["scans:write", "track:read"]}
    )
    found = re.search(r"<code>(oms_[\w-]{43})</code>", made.text)
    assert found
    secret = found[1]
    again = operations.get("/console/keys").text
    assert secret not in again
    assert secret[:12] in again
    assert "scans:write" in again
    (number,) = re.findall(r"/console/keys/(\d+)/revoke", again)
    assert post(operations, f"/console/keys/{number}/revoke").status_code == 303
    assert "Revoked" in operations.get("/console/keys").text
    post(operations, f"/console/keys/{number}/revoke")
    assert "That key was revoked before." in operations.get("/console/keys").text
    assert app.test_client().get("/v1/nothing", headers=bearer(secret)).status_code == 404


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"label": "", "scope": ["track:read"]}, ["label"]),
        ({"label": "carrier"}, ["scope"]),
        ({"label": "carrier", "scope": ["keys:manage"]}, ["scope"]),
        ({"label": " ", "scope": ["nothing"]}, ["label", "scope"]),
    ],
)
def test_a_key_without_label_or_with_a_wrong_scope_is_refused_at_the_field(
    operations: FlaskClient, form: dict[str, object], fields: list[str]
) -> None:
    refused = post(operations, "/console/keys", form)
    assert refused.status_code == 422
    for field in fields:
        assert f'href="#{field}"' in refused.text
    assert "No keys yet" in operations.get("/console/keys").text


def test_navigation_shows_what_ones_roles_open(
    operations: FlaskClient, auditor: FlaskClient
) -> None:
    assert 'href="/console/keys"' in operations.get("/console").text
    assert 'href="/console/keys"' not in auditor.get("/console").text
    assert auditor.get("/console/keys").status_code == 403


def test_every_repeated_duty_has_words_of_its_own(
    operations: FlaskClient, runtime: Runtime
) -> None:
    every = duty_words.called()
    assert {one.name for one in runtime.sweeps.all()} - every.keys() == set()
    assert len(set(every.values())) == len(every)
    page = operations.get("/console").text
    assert "Take in calls from partners" in page
    assert "荷物の状況を配送会社に確認" in operations.get("/console?lang=ja").text


def test_a_mailbox_that_cannot_be_read_is_told_on_the_overview(
    settings: Settings, clock: StandingClock
) -> None:
    url = "imaps://shop:secret@mail.example/"
    with an_app(replace(settings, mail_in_url=url), clock=clock) as app:
        runtime = held_by(app)
        all_rounds(runtime)
        client = come_in(app, runtime, Role.OPERATIONS)
        with runtime.unit_of_work(SYSTEM) as uow:
            one = mail_in.box(uow, "mail.example")
        assert "Everything is running" in client.get("/console").text
        with runtime.unit_of_work(SYSTEM) as uow:
            mail_in.note_trouble(uow, one.id, "login")
        page = client.get("/console").text
        assert "<h1>No mail comes in</h1>" in page
        assert "The mail server did not accept our sign-in." in page
        with runtime.unit_of_work(SYSTEM) as uow:
            mail_in.note_trouble(uow, one.id, "code-of-tomorrow")
        assert "The mail server refuses to let us read." in client.get("/console").text
