"""Letting us in: the manifest, Slack's own page and back, channels of queues, linking oneself."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from bots.slack import drawing, people, queries
from bots.slack.install import manifest as manifests
from bots.slack.install.commands import examine, slack
from bots.slack.people import LinkAddresses
from bots.slack.stage.messages import Words
from bots.slack.syncing.catching_up import Catching
from cases import queries as cases
from cases.routing import queries as routing
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.factories.cases import make_case
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff, post, sign_in
from tests.fakes.clock import StandingClock
from tests.fakes.slack import SIGNING_SECRET
from tests.slack_desk import SlackDesk


@pytest.fixture
def by_page(settings: Settings, clock: StandingClock, desk: SlackDesk) -> Iterator[Flask]:
    """A house whose workspaces are connected by a page."""
    on = replace(
        settings,
        slack_signing_secret=SIGNING_SECRET,
        slack_client_id="123.456",
        slack_client_secret="of the app",
        slack_api_url=desk.slack.stage.api_url.rstrip("/"),
    )
    with an_app(on, clock=clock) as made:
        yield made


def signed_in(house: Runtime, app: Flask, *roles: Role) -> FlaskClient:
    with house.unit_of_work(SYSTEM) as uow:
        made = make_staff(uow, *roles, mail=f"{roles[0]}@desk.example", name="Rin Mori")
    client = app.test_client()
    sign_in(client, made.mail)
    return client


def test_the_manifest_names_what_we_hear_and_what_we_need(settings: Settings) -> None:
    made = manifests.manifest(replace(settings, public_url="https://desk.shop.example"))
    door = "https://desk.shop.example/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == door
    assert made["settings"]["interactivity"]["request_url"] == door
    assert made["features"]["slash_commands"][0]["url"] == door
    assert made["oauth_config"]["redirect_urls"] == ["https://desk.shop.example/console/slack/back"]
    assert made["oauth_config"]["scopes"]["bot"] == sorted(manifests.SCOPES)
    assert not made["settings"]["socket_mode_enabled"]
    by_socket = manifests.manifest(replace(settings, slack_app_token="xapp-1"))
    assert by_socket["settings"]["socket_mode_enabled"]
    assert "request_url" not in by_socket["settings"]["interactivity"]


def test_a_workspace_is_connected_by_slacks_own_page(by_page: Flask, desk: SlackDesk) -> None:
    house = held_by(by_page)
    client = signed_in(house, by_page, Role.OPERATIONS)
    out = post(client, "/console/slack/install")
    asked = parse_qs(urlsplit(out.headers["Location"]).query)
    assert out.headers["Location"].startswith("https://slack.com/oauth/v2/authorize?")
    assert asked["client_id"] == ["123.456"]
    desk.slack.stage.codes["good-once"] = "xoxb-of-tests"
    state = asked["state"][0]
    back = client.get(f"/console/slack/back?code=good-once&state={state}")
    assert back.status_code == 302
    with house.database.reading() as connection:
        (found,) = queries.workspaces(connection)
    assert found.team == desk.slack.book.ground.team
    assert "chat:write" in found.scopes


def test_a_way_back_that_somebody_else_began_connects_nothing(
    by_page: Flask, desk: SlackDesk
) -> None:
    house = held_by(by_page)
    client = signed_in(house, by_page, Role.OPERATIONS)
    state = parse_qs(urlsplit(post(client, "/console/slack/install").headers["Location"]).query)[
        "state"
    ][0]
    with house.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, mail="other@desk.example")
    other = by_page.test_client()
    sign_in(other, "other@desk.example")
    before = len(desk.slack.stage.of("oauth.v2.access"))
    other.get(f"/console/slack/back?code=stolen&state={state}")
    other.get("/console/slack/back?code=stolen&state=forged")
    desk.clock.advance(minutes=16)
    client.get(f"/console/slack/back?code=late&state={state}")
    assert len(desk.slack.stage.of("oauth.v2.access")) == before


def test_a_code_that_slack_does_not_know_connects_nothing(by_page: Flask) -> None:
    house = held_by(by_page)
    client = signed_in(house, by_page, Role.OPERATIONS)
    state = parse_qs(urlsplit(post(client, "/console/slack/install").headers["Location"]).query)[
        "state"
    ][0]
    shown = client.get(
        f"/console/slack/back?code=unknown&state={state}", follow_redirects=True
    ).text
    assert "確認が取れませんでした" in shown


def test_only_who_may_connects(desk: SlackDesk) -> None:
    client = signed_in(desk.runtime, desk.app, Role.AGENT)
    assert client.get("/console/slack").status_code == 403
    assert post(client, "/console/slack/workspaces/1/end").status_code == 403


def test_a_channel_is_chosen_or_made_for_a_queue(desk: SlackDesk) -> None:
    client = signed_in(desk.runtime, desk.app, Role.OPERATIONS)
    with desk.runtime.database.reading() as connection:
        row = connection.exec_driver_sql("SELECT id, code FROM queues ORDER BY id LIMIT 1").one()
    path = f"/console/slack/queues/{row.code}"
    place = {"workspace": str(desk.workspace_id)}
    for wrong in ("", "general", "C0UNKNOWN1", "https://evil.example/x"):
        refused = post(client, path, {**place, "channel": wrong, "then": "choose"})
        assert refused.status_code == 422
    there = desk.slack.channel("returns")
    done = post(client, path, {**place, "channel": there, "then": "choose"})
    assert done.status_code == 303
    with desk.runtime.database.reading() as connection:
        found = queries.channel_of_queue(connection, row.id)
    assert found is not None
    assert (found.slack_id, found.name) == (there, "returns")
    taken = post(client, path, {**place, "name": "returns", "then": "make"})
    assert taken.status_code == 422
    made = post(client, path, {**place, "name": "returns-2", "then": "make"})
    assert made.status_code == 303
    with desk.runtime.database.reading() as connection:
        found = queries.channel_of_queue(connection, row.id)
        assert found is not None
        assert found.name == "returns-2"
        assert sum(one.queue_id == row.id for one in queries.channels(connection)) == 1


def test_the_pages_read_in_both_languages_and_say_what_is_wrong(desk: SlackDesk) -> None:
    client = signed_in(desk.runtime, desk.app, Role.OPERATIONS)
    desk.colleague("Aoi Tanaka")
    japanese = client.get("/console/slack?lang=ja").text
    english = client.get("/console/slack?lang=en").text
    assert "窓口のチャンネル" in japanese
    assert "Channels of queues" in english
    assert "Aoi Tanaka" in english


def test_a_workspace_is_ended_once(desk: SlackDesk) -> None:
    client = signed_in(desk.runtime, desk.app, Role.OPERATIONS)
    for _ in range(2):
        assert post(client, f"/console/slack/workspaces/{desk.workspace_id}/end").status_code in {
            303,
            404,
        }
    with desk.runtime.database.reading() as connection:
        (found,) = queries.workspaces(connection)
    assert found.revoked_at is not None


# Linking oneself


def test_a_colleague_links_themselves_by_an_address_that_was_shown_to_them(
    desk: SlackDesk,
) -> None:
    player = desk.stranger("Rin")
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        person = people.seen(uow, desk.workspace_id, player.me.id)
    client = signed_in(desk.runtime, desk.app, Role.AGENT)
    address = urlsplit(LinkAddresses.of(desk.runtime).address(person.id)).path
    page = client.get(address).text
    assert player.me.id in page
    assert "Rin Mori" in page
    with desk.runtime.database.reading() as connection:
        found = queries.person_by_id(connection, person.id)
        assert found is not None
        assert found.staff_id is None  # opening it links nobody
    assert post(client, address).status_code == 303
    assert post(client, address).status_code == 303
    with desk.runtime.database.reading() as connection:
        found = queries.person_by_id(connection, person.id)
    assert found is not None
    assert found.staff_id is not None


def test_an_address_that_is_forged_or_old_links_nobody(desk: SlackDesk) -> None:
    player = desk.stranger("Rin")
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        person = people.seen(uow, desk.workspace_id, player.me.id)
    client = signed_in(desk.runtime, desk.app, Role.AGENT)
    address = urlsplit(LinkAddresses.of(desk.runtime).address(person.id)).path
    assert client.get(address[:-2] + "xx").status_code == 410
    desk.clock.advance(minutes=16)
    assert client.get(address).status_code == 410
    assert post(client, address).status_code == 410
    with desk.runtime.database.reading() as connection:
        found = queries.person_by_id(connection, person.id)
    assert found is not None
    assert found.staff_id is None


def test_a_visitor_is_asked_to_sign_in_before_linking(desk: SlackDesk) -> None:
    address = urlsplit(LinkAddresses.of(desk.runtime).address(1)).path
    answer = desk.app.test_client().get(address)
    assert answer.status_code in {302, 303}
    assert "/staff/sign-in" in answer.headers["Location"]


# The doctor


def test_the_doctor_finds_a_house_well_and_says_what_is_not(desk: SlackDesk) -> None:
    desk.channel_of("orders") if _has(desk, "orders") else None
    found = {one.name: one for one in examine(desk.runtime)}
    assert not found["token"].advice
    assert not found["rights"].advice
    desk.slack.stage.seats["xoxb-of-tests"].scopes = frozenset({"chat:write"})
    lacking = {one.name: one for one in examine(desk.runtime)}
    assert "commands" in lacking["rights"].said
    desk.slack.book.is_installed = False
    gone = {one.name: one for one in examine(desk.runtime)}
    assert "account_inactive" in gone["token"].said


# Reading threads again


def test_reconciling_waits_for_the_worker_and_says_when_nobody_reads(
    desk: SlackDesk,
) -> None:
    sending = drawing.sending(desk.runtime)
    player, _ = desk.colleague("Rin Mori", Role.AGENT)
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        case = make_case(uow, customer_id=shop.customer_id)
        code = next(one.code for one in routing.queues(uow.session) if one.id == case.queue_id)
    channel = desk.channel_of(code, player)
    desk.bring(sending)
    with desk.runtime.database.reading() as connection:
        thread = queries.thread_of(connection, case.id)
    assert thread is not None
    known = player.say(channel, "Known.", thread_ts=thread.ts)
    where = desk.slack.book.channels.get(channel)
    desk.slack.book.messages.post(where, player.me, Words("Missed.", thread_ts=thread.ts))

    def run(*words: str) -> Result:
        return CliRunner().invoke(slack, ["reconcile", *words], obj=lambda: desk.runtime)

    nobody = run("--patience", "0")
    assert nobody.exit_code == 1
    assert "1 threads wait" in nobody.output
    with desk.app.app_context():
        catching = Catching(desk.runtime)
        assert catching.step()
        assert not catching.step()
        with ThreadPoolExecutor(1) as pool:
            day = desk.clock.now().astimezone(desk.runtime.settings.zone).date().isoformat()
            running = pool.submit(run, "--since", day)
            while not wait([running], timeout=0.05).done:
                catching.step()
    assert running.result().exit_code == 0
    assert "Every thread was read again." in running.result().output
    oldest = [one.said.get("oldest") for one in desk.slack.stage.calls][-1]
    assert oldest is not None
    assert oldest < known["ts"]
    with desk.runtime.database.reading() as connection:
        assert [one.text for one in cases.notes(connection, [case.id])] == ["Missed.", "Known."]


def _has(desk: SlackDesk, code: str) -> bool:
    with desk.runtime.database.reading() as connection:
        query = "SELECT count(*) FROM queues WHERE code = %s"
        return bool(connection.exec_driver_sql(query, (code,)).scalar_one())
