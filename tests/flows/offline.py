"""A process that may speak to its own database and broker alone, and has a whole chat there."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from oms_service.kernel.actors import SYSTEM
from oms_service.processes import held_by
from tests.apps import an_app, settings_for
from tests.factories.cases import make_agent
from tests.factories.coming_back import adopt_returns
from tests.factories.orders import MAIL, make_delivered_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock
from tests.flows.test_track_in_chat import Browser


class Guard:
    """Notes every connection that is tried, and refuses those that lead elsewhere."""

    def __init__(self, *urls: str) -> None:
        self.own = {(urlsplit(url).hostname, urlsplit(url).port) for url in urls}
        self.tried: list[str] = []
        self.refused: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
            return
        where = arguments[1] if event == "socket.connect" else arguments[:2]
        self.tried.append(str(where))
        if isinstance(where, tuple) and where[:2] not in self.own:
            self.refused.append(str(where))
            raise PermissionError(f"nothing may be reached at {where}")


def main(database_url: str, redis_url: str) -> None:
    guard = Guard(database_url, redis_url)
    sys.addaudithook(guard)
    with (
        tempfile.TemporaryDirectory() as folder,
        an_app(settings_for(database_url, redis_url, Path(folder)), clock=StandingClock()) as app,
    ):
        with held_by(app).unit_of_work(SYSTEM) as uow:
            shop = make_shop(uow)
            adopt_returns(uow, shop)
            make_agent(uow)
            make_delivered_order(uow, shop, number="A-10423")
        chat = Browser(app, "en")
        told = [
            chat.say(words)
            for words in (
                "where is my order?",
                f"A-10423, {MAIL}",
                "I want to return one of the coffees, I changed my mind",
                "yes",
                "blorf, do something unheard of",
            )
        ]
        told.append(chat.press("human"))
    sys.stdout.write(json.dumps({"told": told, "tried": guard.tried, "refused": guard.refused}))


if __name__ == "__main__":
    main(*sys.argv[1:])
