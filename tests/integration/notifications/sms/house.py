"""A shop that sends short messages by a provider on a free port, and a customer's telephone."""

import json
import re
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from notifications import preferences
from notifications.rules import Kind
from notifications.sms import numbers
from oms_service.adapters.carriers import signing
from oms_service.conversations.channels import SMS
from oms_service.customers import consents
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Receiver

SECRET = "s" * 40
HOOK = "/hooks/sms"
NUMBER = "+819012345678"
OTHER_NUMBER = "+819087654321"


@dataclass(frozen=True)
class Phones:
    """What providers were handed, and what they tell."""

    app: Flask
    runtime: Runtime
    clock: StandingClock
    provider: Receiver

    @property
    def got(self) -> list[tuple[str, str]]:
        """Number and text of every message a provider was handed, tries that failed too."""
        said = [json.loads(one.body) for one in self.provider.calls]
        return [(one["to"], one["text"]) for one in said]

    def code(self) -> str:
        """The six digits that arrived last."""
        settle(self.runtime)
        return str(re.findall(r"\d{6}", self.got[-1][1])[-1])

    def proves(
        self, customer_id: int, number: str = NUMBER, *, only: tuple[Kind, ...] = ()
    ) -> None:
        """A customer proves a number, and ticks what may come there."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            numbers.ask(uow, customer_id, number, language=Language.ENGLISH, shop="MINATO")
        code = self.code()
        with self.runtime.unit_of_work(SYSTEM) as uow:
            assert numbers.prove(uow, customer_id, code, source="portal") is not None
        if only:
            with self.runtime.unit_of_work(SYSTEM) as uow:
                wanted = {(kind, SMS): True for kind in only}
                preferences.choose(uow, customer_id, wanted, source="portal")

    def tells(self, *events: object, client: FlaskClient | None = None) -> int:
        """The provider calls the hook; answers its status."""
        body = json.dumps({"events": list(events)}).encode()
        return self.calls(body, client=client)

    def calls(self, body: bytes, *, client: FlaskClient | None = None) -> int:
        headers = signing.headers(SECRET, self.clock.now(), body)
        client = client or self.app.test_client()
        return client.post(HOOK, data=body, headers=headers).status_code

    def number_of(self, customer_id: int) -> str | None:
        with self.runtime.database.looking() as session:
            found = numbers.of(session, customer_id)
        return found.number if found else None

    def consents(self, customer_id: int) -> list[tuple[str, str, bool, str]]:
        """What a customer said, the oldest first."""
        with self.runtime.database.looking() as session:
            said = consents.said(session, customer_id)
        return [(one.purpose, one.channel, one.granted, one.source) for one in reversed(said)]

    def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        with self.runtime.database.reading() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]


def said(text: str, *, key: str = "in-1", number: str = NUMBER) -> dict[str, object]:
    """A text that came in."""
    return {"type": "text", "id": key, "from": number, "text": text}


def status(message_id: object, state: str, **more: object) -> dict[str, object]:
    """How far a message of ours got."""
    return {"type": "status", "reference": f"message-{message_id}", "status": state, **more}
