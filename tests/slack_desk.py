"""A house in which Slack is on, a Slack beside it, and colleagues who sit at theirs."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask

from bots.slack import lanes, people, workspaces
from bots.slack.couriers import Draw, Sending
from bots.slack.stage.acting import Player
from bots.slack.states import PostKind
from cases.routing import agents
from cases.routing import queries as routing
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.processes import held_by
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.factories.staff import make_staff
from tests.fakes.clock import StandingClock
from tests.fakes.slack import SIGNING_SECRET, TOKEN, Workspace, a_workspace, into

#: Calls to a desk that is not there yet.
Answer = tuple[int, bytes]


def with_slack(settings: Settings, api_url: str) -> Settings:
    """The same house with Slack on."""
    return replace(
        settings,
        slack_signing_secret=SIGNING_SECRET,
        slack_bot_token=TOKEN,
        slack_api_url=api_url.rstrip("/"),
    )


@dataclass
class SlackDesk:
    """The house, its clock, and the Slack beside it."""

    app: Flask
    runtime: Runtime
    clock: StandingClock
    slack: Workspace
    workspace_id: int

    def colleague(
        self, name: str, *roles: Role, language: Language = Language.ENGLISH, linked: bool = True
    ) -> tuple[Player, StaffView]:
        """A colleague, and their Slack; linked, they may act there."""
        player = self.slack.person(name.lower().replace(" ", "."), real_name=name)
        with self.runtime.unit_of_work(SYSTEM) as uow:
            staff = make_staff(
                uow,
                *(roles or (Role.AGENT,)),
                mail=f"{player.me.name}@desk.example",
                name=name,
                language=language,
            )
            agents.ensure(uow)
            person = people.seen(uow, self.workspace_id, player.me.id)
            if linked:
                people.link(uow, person.id, staff.id)
        return player, staff

    def stranger(self, name: str = "Visitor") -> Player:
        """Somebody of the workspace who is no colleague."""
        return self.slack.person(name.lower(), real_name=name)

    def channel_of(self, queue_code: str, *members: Player, is_private: bool = False) -> str:
        """A channel in which cases of a queue stand; its id in Slack."""
        slack_id = self.slack.channel(f"cases-{queue_code}".replace("_", "-"), *members)
        with self.runtime.unit_of_work(SYSTEM) as uow:
            lanes.know(
                uow,
                self.workspace_id,
                slack_id,
                name=f"cases-{queue_code}",
                language=self.runtime.settings.language,
                is_private=is_private,
                queue_id=routing.queue(uow.session, queue_code).id,
            )
        return slack_id

    def sending(self, draws: Mapping[PostKind, Draw]) -> Sending:
        return Sending(self.runtime, draws)

    def bring(self, sending: Sending, *, most: int = 500) -> int:
        """React to everything, and bring to Slack all that waits, a second a post; how many."""
        brought = 0
        drain(self.runtime)
        with self.app.app_context():
            for _ in range(most):
                if sending.step():
                    brought += 1
                elif not self.waits():
                    return brought
                self.clock.advance(seconds=1.01)
        return brought

    def waits(self) -> int:
        """How many posts wait, also in channels that were left and are still open."""
        query = (
            "SELECT count(*) FROM slack_posts p JOIN slack_channels c ON c.id = p.channel_id"
            " WHERE p.state = 'waiting' AND (c.left_at IS NULL OR c.trouble = '')"
        )
        with self.runtime.database.reading() as connection:
            return int(connection.exec_driver_sql(query).scalar_one())

    def below(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """What stands below a card."""
        book = self.slack.book
        return book.below(book.channels.get(channel), ts)


@contextmanager
def a_slack_desk(settings: Settings, clock: StandingClock) -> Iterator[SlackDesk]:
    """A house that is connected with the one workspace of a Slack."""
    known: dict[str, Flask] = {}

    def send(path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return into(known["app"])(path, headers, body)

    with ExitStack() as at_the_end:
        slack = at_the_end.enter_context(a_workspace(clock, send))
        on = with_slack(settings, slack.stage.api_url)
        known["app"] = at_the_end.enter_context(an_app(on, clock=clock))
        runtime = held_by(known["app"])
        found = workspaces.connect(runtime)
        assert found is not None
        yield SlackDesk(known["app"], runtime, clock, slack, found.id)
