"""Slack's calls: proved by signature and age, of a workspace that has let us in, else nothing."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from flask import Flask
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from werkzeug.test import TestResponse

from bots.slack import people, queries, seats, workspaces
from bots.slack.stage.sending import signature
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.settings import Settings
from tests.apps import an_app
from tests.fakes.slack import SIGNING_SECRET, TOKEN
from tests.slack_desk import SlackDesk, with_slack

PATH = "/slack/events"


def signed(
    desk: SlackDesk, body: bytes, *, at: int | None = None, secret: str = SIGNING_SECRET
) -> dict[str, str]:
    timestamp = str(at if at is not None else int(desk.clock.now().timestamp()))
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, body, timestamp),
        "Content-Type": "application/json",
    }


def post(desk: SlackDesk, body: bytes, headers: dict[str, str]) -> TestResponse:
    return desk.app.test_client().post(PATH, data=body, headers=headers)


CHALLENGE = json.dumps({"type": "url_verification", "challenge": "c0ffee"}).encode()


def test_slack_is_answered_when_it_looks_whether_we_are_here(desk: SlackDesk) -> None:
    answer = post(desk, CHALLENGE, signed(desk, CHALLENGE))
    assert answer.status_code == 200
    assert "c0ffee" in answer.text


def test_what_is_not_signed_or_signed_otherwise_is_refused(desk: SlackDesk) -> None:
    good = signed(desk, CHALLENGE)
    without = {name: value for name, value in good.items() if name != "X-Slack-Signature"}
    for headers in (
        {},
        without,
        signed(desk, CHALLENGE, secret="another secret"),
        signed(desk, CHALLENGE + b" "),
        {**good, "X-Slack-Signature": good["X-Slack-Signature"].removeprefix("v0=")},
        {**good, "X-Slack-Request-Timestamp": "now"},
        {**good, "X-Slack-Request-Timestamp": "１２３"},
        {**good, "X-Slack-Request-Timestamp": "9" * 40},
    ):
        answer = post(desk, CHALLENGE, headers)
        assert (answer.status_code, answer.text) == (401, "bad-signature")


def test_what_was_signed_more_than_five_minutes_ago_is_refused(desk: SlackDesk) -> None:
    now = int(desk.clock.now().timestamp())
    for off, status in ((-299, 200), (-301, 401), (299, 200), (301, 401)):
        assert post(desk, CHALLENGE, signed(desk, CHALLENGE, at=now + off)).status_code == status


def test_while_slack_is_off_its_address_is_unknown(app: Flask) -> None:
    answer = app.test_client().post(PATH, data=CHALLENGE)
    assert answer.status_code == 404


def test_a_secret_that_is_not_set_signs_nothing(settings: Settings) -> None:
    off = replace(settings, slack_bot_token=TOKEN)
    assert not off.has_slack


def test_too_much_at_once_is_refused(desk: SlackDesk) -> None:
    body = b"x" * (1024 * 1024 + 1)
    assert post(desk, body, signed(desk, body)).status_code == 413


def test_a_workspace_that_never_let_us_in_gets_an_empty_answer(desk: SlackDesk) -> None:
    payload = {
        "type": "block_actions",
        "team": {"id": "TSTRANGER", "domain": "other"},
        "user": {"id": "U1", "team_id": "TSTRANGER"},
        "actions": [{"action_id": "case:take", "type": "button", "value": '{"c":1,"v":1}'}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    headers = {
        **signed(desk, body),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = post(desk, body, headers)
    assert (answer.status_code, answer.data) == (200, b"")


def test_the_workspace_of_the_token_is_connected_once(desk: SlackDesk) -> None:
    first = workspaces.connect(desk.runtime)
    second = workspaces.connect(desk.runtime)
    assert first is not None
    assert second is not None
    assert first.id == second.id == desk.workspace_id
    with desk.runtime.database.reading() as connection:
        found = queries.workspaces(connection)
        box = queries.token_box(connection, first.id)
    assert len(found) == 1
    assert TOKEN not in box
    assert workspaces.slack_of(desk.runtime, first.id).token == TOKEN


def test_that_the_framework_does_not_use_our_token_is_no_news(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    with an_app(with_slack(settings, "http://127.0.0.1:9")):
        assert "SLACK_BOT_TOKEN" not in caplog.text
    # It is told to everybody else.
    nobody = AuthorizeResult(enterprise_id=None, team_id="T1")
    App(authorize=lambda: nobody, signing_secret="s")
    assert "SLACK_BOT_TOKEN" in caplog.text


def test_a_workspace_that_is_revoked_keeps_no_token_and_no_links(desk: SlackDesk) -> None:
    _player, staff = desk.colleague("Rin Mori")
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        workspaces.revoke(uow, desk.workspace_id)
        workspaces.revoke(uow, desk.workspace_id)
        assert [one.name for one in uow.emitted] == ["slack.revoked"]
    with desk.runtime.database.reading() as connection:
        assert queries.token_box(connection, desk.workspace_id) == ""
        assert queries.people_of(connection, staff.id) == []


def test_who_asks_is_the_colleague_they_are_linked_to(desk: SlackDesk) -> None:
    player, staff = desk.colleague("Rin Mori", Role.LEAD, language=Language.JAPANESE)
    stranger = desk.stranger()
    team = desk.slack.book.ground.team
    with desk.runtime.database.reading() as connection:
        known = seats.sit(connection, team, player.me.id, language=Language.ENGLISH)
        unknown = seats.sit(connection, team, stranger.me.id, language=Language.ENGLISH)
        nowhere = seats.sit(connection, "TSTRANGER", player.me.id, language=Language.ENGLISH)
    assert known.staff is not None
    assert (known.staff.id, known.language) == (staff.id, Language.JAPANESE)
    assert known.actor.ref == f"staff:{staff.id}"
    assert unknown.staff is None
    assert nowhere.workspace is None


def test_a_link_is_the_newest_colleagues_who_says_so(desk: SlackDesk) -> None:
    player, first = desk.colleague("Rin Mori")
    _other, second = desk.colleague("Aoi Tanaka", linked=False)
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        person = people.seen(uow, desk.workspace_id, player.me.id)
        people.link(uow, person.id, second.id)
        people.link(uow, person.id, second.id)
        told = [(one.name, one.payload()["staff_id"]) for one in uow.emitted]
    assert told == [("slack.unlinked", first.id), ("slack.linked", second.id)]


def test_a_house_with_slack_starts_without_calling_slack(
    settings: Settings, desk: SlackDesk
) -> None:
    nowhere = replace(desk.runtime.settings, slack_api_url="http://127.0.0.1:1")
    with an_app(nowhere, clock=desk.clock) as made:
        assert made.test_client().get("/health/live").status_code == 200
