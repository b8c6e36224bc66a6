"""A demo's workspace is made ready once, however often that is done, and its book is kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from bots.slack import queries
from bots.slack.models import SlackChannel, SlackPerson, SlackPost, SlackWorkspace
from bots.slack.stage.book import Book
from bots.slack.stage.furnishing import STRANGER, furnish
from bots.slack.stage.playing import Playhouse, taken_up
from cases.routing import queries as routing
from oms_service import supervisor
from oms_service.access import demo_accounts
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.factories.cases import make_case
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock
from tests.fakes.slack import SIGNING_SECRET, TOKEN, Heard, Workspace, a_workspace


@pytest.fixture
def slack(clock: StandingClock) -> Iterator[Workspace]:
    with a_workspace(clock, Heard().send) as made:
        yield made


@pytest.fixture
def app(settings: Settings, slack: Workspace, clock: StandingClock) -> Iterator[Flask]:
    wanted = replace(
        settings,
        demo=True,
        slack_stage_port=1,
        slack_signing_secret=SIGNING_SECRET,
        slack_bot_token=TOKEN,
        slack_api_url=slack.stage.api_url,
    )
    with an_app(wanted, clock=clock) as made:
        yield made


def counts(runtime: Runtime) -> list[int]:
    with runtime.database.reading() as connection:
        return [
            connection.execute(select(func.count()).select_from(kind)).scalar_one()
            for kind in (SlackWorkspace, SlackPerson, SlackChannel, SlackPost)
        ]


def test_queues_have_channels_colleagues_are_linked_and_open_cases_have_cards(
    runtime: Runtime, slack: Workspace
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        demo_accounts.ensure(uow, runtime.settings)
        case = make_case(uow)
    furnish(runtime, slack.book)
    once = counts(runtime)
    with runtime.database.reading() as connection:
        for one in routing.queues(connection):
            found = queries.channel_of_queue(connection, one.id)
            assert found is not None
            assert slack.book.channel(found.slack_id).name == found.name
        workspace = queries.of_team(connection, slack.book.ground.team)
        assert workspace is not None
        assert queries.thread_of(connection, case.id) is not None
        for member in slack.book.people.all():
            person = queries.person(connection, workspace.id, member.id)
            is_linked = person is not None and person.staff_id is not None
            assert is_linked == member.mail.endswith("@desk.example")
    strangers = [one for one in slack.book.people.all() if one.name == STRANGER[0]]
    assert len(strangers) == 1
    furnish(runtime, slack.book)
    assert counts(runtime) == once


def test_the_book_outlives_the_process(slack: Workspace, tmp_path: Path) -> None:
    house = Playhouse(slack.stage, slack.book, slack.post, "token")
    mika = slack.person("mika")
    cases = slack.channel("cases", mika)
    mika.say(cases, "hello")
    place = tmp_path / "slack.json"
    house.write_down(place)
    again = Book(slack.book.ground.clock)
    assert taken_up(again, place)
    assert again.texts(again.channel("cases")) == ["hello"]
    place.write_text('{"ground": ')
    assert not taken_up(Book(slack.book.ground.clock), place)


def test_only_a_demo_with_a_port_plays_slack() -> None:
    environ = {"PORT": "1", "STREAMS_PORT": "2"}
    names = {one.name for group in supervisor.programs(environ) for one in group}
    assert "slack_stage" not in names
    played = supervisor.programs({**environ, "SLACK_STAGE_PORT": "3"})
    assert "slack_stage" in {one.name for one in played[1]}
