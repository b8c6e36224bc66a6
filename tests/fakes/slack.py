"""A Slack for tests: the product's own stage on a free port, and people who act there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from flask import Flask

from bots.slack.stage.acting import Player
from bots.slack.stage.book import Book
from bots.slack.stage.sending import Post, Send
from bots.slack.stage.server import Stage, a_stage
from oms_service.kernel.clock import Clock

SIGNING_SECRET: Final = "a signing secret of tests"
TOKEN: Final = "xoxb-of-tests"


def into(app: Flask) -> Send:
    """Requests straight into an app, through all of its WSGI layers."""

    def send(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        answer = app.test_client().post(path, data=body, headers=dict(headers))
        return answer.status_code, answer.data

    return send


@dataclass
class Heard:
    """An app that only listens; it answers what it was told to, else 200 and nothing."""

    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    def send(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        self.requests.append((path, dict(headers), body))
        return self.answers.pop(0) if self.answers else (200, b"")


@dataclass
class Workspace:
    """A workspace on a stage, and the app's address."""

    stage: Stage
    book: Book
    post: Post

    def person(self, name: str, mail: str = "", *, real_name: str = "", team: str = "") -> Player:
        """Somebody new in the workspace, at their Slack."""
        member = self.book.people.add(name, real_name or name, mail=mail, team=team)
        return Player(self.stage, self.book, member, self.post)

    def channel(self, name: str, *people: Player, is_private: bool = False) -> str:
        """A new channel with these people and the bot; its id."""
        made = self.book.channels.create(name, by=self.book.bot.id, is_private=is_private)
        made.members += [one.me.id for one in people]
        return made.id


@contextmanager
def a_workspace(clock: Clock, send: Send, *, secret: str = SIGNING_SECRET) -> Iterator[Workspace]:
    """A Slack with one workspace whose bot holds ``TOKEN``."""
    with a_stage(clock) as stage:
        book = Book(clock)
        stage.seat(TOKEN, book)
        yield Workspace(stage, book, Post(secret, send, clock))
