"""A worker is killed between a mail server's yes and the note of it: the repetition says so."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import text

from oms_service.access.states import Role
from oms_service.app import create_app
from oms_service.conversations import outgoing, queries, service
from oms_service.conversations.queries import Try
from oms_service.conversations.states import DeliveryState
from oms_service.embedded.valkey import Valkey
from oms_service.infra import relay
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.processes import held_by
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.concurrency.test_kills import Programs
from tests.effects import settle
from tests.factories.staff import make_staff, sign_in
from tests.fakes.smtp import Taken, a_mail_server

PATIENCE_S = 60.0
WORKER = ("-m", "oms_service.worker")


class Deadly(list[Taken]):
    """What a mail server takes; whoever hands over the first letter dies before they are told."""

    def __init__(self, kill: Callable[[], None]) -> None:
        super().__init__()
        self._kill = kill

    def append(self, one: Taken) -> None:
        super().append(one)
        if len(self) == 1:
            self._kill()


@contextmanager
def a_worker(environ: dict[str, str], folder: Path) -> Iterator[Programs]:
    programs = Programs(environ, folder / "programs.log")
    programs.start("worker", *WORKER)
    try:
        yield programs
    finally:
        programs.stop()


def write(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return service.say_by_mail(
            uow, to="misaki.sato@example.jp", customer_id=None, language=Language.ENGLISH,
            subject="Your order", text="It is on its way.",
        ).id  # fmt: skip


def tries(runtime: Runtime, message_id: int) -> list[Try]:
    with runtime.database.reading() as connection:
        return queries.tries(connection, message_id)


def test_a_letter_that_was_taken_before_is_marked_and_counted(
    database_url: str, own_valkey: Valkey, tmp_path: Path
) -> None:
    environ = {
        "DATABASE_URL": database_url,
        "REDIS_URL": own_valkey.url,
        "SECRET_KEY": "a key for tests, thirty-two characters and more",
        "STATE_DIR": str(tmp_path / "state"),
        "EFFECT_LEASE_S": "1",
        "LOG_LEVEL": "WARNING",
    }
    with a_mail_server() as server:
        environ["SMTP_URL"] = server.url
        app = create_app(Settings.from_env(environ))
        runtime = held_by(app)
        with a_worker(environ, tmp_path) as programs:
            server.taken = Deadly(lambda: programs.kill("worker"))
            message_id = write(runtime)
            drain(runtime)
            _sent_again_until(runtime, lambda: bool(tries(runtime, message_id)))
        first, second = [message_from_bytes(one.body)["Message-ID"] for one in server.taken]
        assert first == second
        (one,) = tries(runtime, message_id)
        assert (one.state, one.is_perhaps_again) == (DeliveryState.SENT, True)

        plain = write(runtime)
        settle(runtime)
        assert [(one.state, one.is_perhaps_again) for one in tries(runtime, plain)] == [
            (DeliveryState.SENT, False)
        ]
        assert len(server.taken) == 3

        with runtime.database.looking() as session:
            assert queries.perhaps_again(session) == 1
            found = outgoing.page(session, outgoing.Wanted(is_perhaps_again=True)).items
            assert [one.id for one in found] == [message_id]
        with runtime.unit_of_work(SYSTEM) as uow:
            mail = make_staff(uow, Role.AGENT, language=Language.ENGLISH).mail
        agent = app.test_client()
        sign_in(agent, mail)
        listed = agent.get("/console/messages?view=again").text
        assert re.findall(r"/console/messages/(\d+)\"", listed) == [str(message_id)]
        assert "Perhaps sent before" in agent.get(f"/console/messages/{message_id}").text
        assert "Perhaps sent before" not in agent.get(f"/console/messages/{plain}").text
        runtime.database.close()


def _sent_again_until(runtime: Runtime, claim: Callable[[], bool]) -> None:
    """As the relay does each second, but for a lost job, which waits no quarter of a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not claim():
        assert time.monotonic() < deadline
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.session.execute(
                text("UPDATE effects SET next_at = :now WHERE state = 'waiting'"), {"now": uow.now}
            )
        relay.send_due(runtime.unit_of_work, runtime.jobs)
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("command", "is_marked"), [("DATA", True), ("MAIL", True), ("EHLO", False)]
)
def test_a_server_that_goes_silent_may_have_taken_it(
    settings: Settings, command: str, *, is_marked: bool
) -> None:
    """Once a letter is being handed over; before that nothing can have been taken."""
    with a_mail_server() as server:
        runtime = held_by(create_app(replace(settings, smtp_url=server.url)))
        server.hangs_up_at = command
        message_id = write(runtime)
        with suppress(OSError):
            settle(runtime, rounds=1)
        server.hangs_up_at = ""
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.session.execute(text("UPDATE effects SET next_at = :now"), {"now": uow.now})
        settle(runtime, rounds=1)
        assert [(one.state, one.is_perhaps_again) for one in tries(runtime, message_id)] == [
            (DeliveryState.FAILED, False),
            (DeliveryState.SENT, is_marked),
        ]
        runtime.database.close()
