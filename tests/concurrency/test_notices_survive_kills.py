"""Notices by mail while web, relay, worker, broker and mail server are killed at random.

None is lost. None is told twice, but for a letter that the mail server had taken when it, or the
worker, died before that was noted: it comes again under the same id.

``NOTICES=2000 CHAOS_S=60`` makes it the long one, as ``make kills`` does. The same file is what is
killed: ``... smtp <port> <file>`` is the mail server, ``app`` is served by granian.
"""

import http.client
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from oms_service.access.guard import public
from oms_service.app import create_app
from oms_service.conversations.breaker import How
from oms_service.conversations.channels import MAIL
from oms_service.embedded.ports import LOCALHOST, free_ports
from oms_service.embedded.valkey import Valkey
from oms_service.infra.relay import RESEND
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.clock import SystemClock
from oms_service.operations.pickup import collecting
from oms_service.pickup.events import PickupReminderDue
from oms_service.processes import held_by, start
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.concurrency.test_kills import Programs
from tests.factories.pickups import place_for_pickup, stocked_counter
from tests.factories.shop import make_customer, make_shop
from tests.fakes.smtp import Taken, a_mail_server

NOTICES = int(os.environ.get("NOTICES", "120"))
CHAOS_S = float(os.environ.get("CHAOS_S", "8"))
CUSTOMERS = 40
#: How long nothing may happen at all once nobody is killed any more.
PATIENCE_S = 120
VICTIMS = ("relay", "worker", "web", "smtp", "broker")
#: A deadline is told once, so each notice has a deadline of its own: this one and so many minutes.
FIRST = datetime(2030, 1, 1, tzinfo=UTC)
MODULE = "tests.concurrency.test_notices_survive_kills"


class Written(list[Taken]):
    """What a mail server has taken, in a file before it says so."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("ab")
        self._turn = threading.Lock()

    def append(self, one: Taken) -> None:
        head = one.body.partition(b"Message-ID:")[2].split()[0]
        with self._turn:
            self._file.write(head + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())


def mail_server(port: int, path: Path) -> None:
    with a_mail_server(port) as server:
        server.taken = Written(path)
        threading.Event().wait()


def web_app() -> Flask:
    """The house with one more door: somebody is to be reminded; asked twice, it is one notice."""
    app = start("web")

    @public(reason="a test asks here")
    def remind(n: int) -> ResponseReturnValue:
        with held_by(app).unit_of_work(SYSTEM) as uow:
            query = text("SELECT id, order_id, location_id FROM pickups ORDER BY id")
            rows = uow.session.execute(query).all()
            pickup = rows[n % len(rows)]
            uow.emit(
                PickupReminderDue(
                    order_id=pickup.order_id,
                    pickup_id=pickup.id,
                    location_id=pickup.location_id,
                    collect_by=(FIRST + timedelta(minutes=n)).isoformat(),
                )
            )
        return "", 204

    app.add_url_rule("/remind/<int:n>", view_func=remind, methods=["GET"])
    return app


def where_it_is_noon() -> str:
    """A zone in which no notice waits for the morning."""
    east_h = 12 - SystemClock().now().hour
    return f"Etc/GMT{-east_h:+d}" if east_h else "UTC"


def pickups_lie_ready(runtime: Runtime) -> None:
    """Of a customer each; what was told of them until here is nobody's mail."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        counter = stocked_counter(uow, shop, units=2 * CUSTOMERS)
        for n in range(CUSTOMERS):
            its = replace(shop, customer_id=make_customer(uow, f"customer{n}@example.jp"))
            _, pickup = place_for_pickup(uow, its, counter)
            collecting.make_ready(uow, pickup.id)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE effects SET state = 'done' WHERE state = 'waiting'"))


@contextmanager
def the_house(environ: dict[str, str], folder: Path, web: int, smtp: int) -> Iterator[Programs]:
    programs = Programs(environ, folder / "programs.log")
    programs.start("smtp", "-m", MODULE, "smtp", str(smtp), str(folder / "taken"))
    programs.start("relay", "-m", "oms_service.relay")
    programs.start("worker", "-m", "oms_service.worker")
    programs.start(
        "web", "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", LOCALHOST,
        "--port", str(web), "--workers", "1", "--blocking-threads", "4", f"{MODULE}:app",
    )  # fmt: skip
    try:
        yield programs
    finally:
        programs.stop()


def asks(port: int, asked: list[int]) -> None:
    """Ask for each notice until it is promised, some of them twice, over the time of the chaos."""
    began = time.monotonic()
    for n in range(NOTICES):
        time.sleep(max(0.0, began + n * CHAOS_S / NOTICES - time.monotonic()))
        for _twice in range(1 + (n % 10 == 0)):
            while not _asked(port, n):
                time.sleep(0.1)
        asked.append(n)


def _asked(port: int, n: int) -> bool:
    with (
        suppress(OSError, http.client.HTTPException),
        closing(http.client.HTTPConnection(LOCALHOST, port, timeout=5)) as connection,
    ):
        connection.request("GET", f"/remind/{n}")
        return connection.getresponse().status == 204
    return False


def test_no_notice_is_lost_and_none_is_told_twice(
    database_url: str, own_valkey: Valkey, tmp_path: Path
) -> None:
    web, smtp = free_ports(2)
    environ = {
        "DATABASE_URL": database_url,
        "REDIS_URL": own_valkey.url,
        "SECRET_KEY": "a key for tests, thirty-two characters and more",
        "STATE_DIR": str(tmp_path / "state"),
        "SMTP_URL": f"smtp://{LOCALHOST}:{smtp}",
        "SHOP_ZONE": where_it_is_noon(),
        "EFFECT_LEASE_S": "3",
        "LOG_LEVEL": "WARNING",
    }
    runtime = held_by(create_app(Settings.from_env(environ)))
    dice = random.Random(20261123)  # noqa: S311 - chance, not secrecy
    kills: Counter[str] = Counter()
    asked: list[int] = []
    with ExitStack() as ends:
        ends.callback(runtime.database.close)
        pickups_lie_ready(runtime)
        programs = ends.enter_context(the_house(environ, tmp_path, web, smtp))
        asking = threading.Thread(target=asks, args=(web, asked), daemon=True)
        asking.start()
        while not asked:
            time.sleep(0.1)
        until = time.monotonic() + CHAOS_S
        while time.monotonic() < until or len(kills) < len(VICTIMS):
            time.sleep(dice.uniform(0.4, 1.6))
            victim = dice.choice(VICTIMS)
            if victim == "broker":
                own_valkey.kill()
                own_valkey.start()
            else:
                programs.kill(victim)
            programs.revive()
            kills[victim] += 1
        _wait_for_the_end(runtime, programs, asked)
    _check(runtime, (tmp_path / "taken").read_text().split(), kills)
    runtime.database.close()


def _rows(runtime: Runtime, query: str) -> list[tuple[Any, ...]]:
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _wait_for_the_end(runtime: Runtime, programs: Programs, asked: list[int]) -> None:
    left = """SELECT (SELECT count(*) FROM outbox WHERE reacted_at IS NULL)
                   + (SELECT count(*) FROM effects WHERE state = 'waiting')"""
    least, deadline = 10**9, time.monotonic() + PATIENCE_S
    while least:
        programs.revive()
        if len(asked) == NOTICES:
            _hurry(runtime)
        assert time.monotonic() < deadline, f"stands still at {least}, {len(asked)} asked"
        time.sleep(0.5)
        now = _rows(runtime, left)[0][0] + NOTICES - len(asked)
        if now < least:
            least, deadline = now, time.monotonic() + PATIENCE_S


def _hurry(runtime: Runtime) -> None:
    """What is tried again much later is tried again now, as if its wait and its rest were over.

    What stands on the queue, or is sent there again soon, is left alone: put there over and over
    it would have the worker look at the same letters more often than it can send them.
    """
    runtime.breaker.note(MAIL, How.WELL)
    with runtime.unit_of_work(SYSTEM) as uow:
        query = "UPDATE effects SET next_at = :now WHERE state = 'waiting' AND next_at > :soon"
        soon = uow.now + RESEND + timedelta(seconds=1)
        uow.session.execute(text(query), {"now": uow.now, "soon": soon})


def _check(runtime: Runtime, taken: list[str], kills: Counter[str]) -> None:
    assert _rows(runtime, "SELECT count(*) FROM fallout") == [(0,)]
    told = "FROM notices WHERE template = 'pickup_reminder' AND state = 'spoken'"
    assert _rows(runtime, f"SELECT count(*), count(DISTINCT key) {told}") == [(NOTICES, NOTICES)]

    # One letter each, known by its id: none is lost, and none is of anything else.
    came = Counter(taken)
    assert len(came) == NOTICES
    logged = {
        letter: (attempts, failed)
        for letter, attempts, failed in _rows(
            runtime,
            """SELECT (SELECT d.detail FROM delivery_log d
                       WHERE d.message_id = n.message_id AND d.state = 'sent' LIMIT 1),
                      e.attempts,
                      (SELECT count(*) FROM delivery_log d
                       WHERE d.message_id = n.message_id AND d.state = 'failed')
               FROM notices n
               JOIN outbox o ON o.name = 'message.queued'
                            AND (o.payload->>'message_id')::bigint = n.message_id
               JOIN effects e ON e.outbox_id = o.id
               WHERE n.template = 'pickup_reminder'""",
        )
    }
    assert {one.strip("<>").partition("@")[0] for one in came} == set(logged)

    # Again only what was being handed over when somebody died: it was tried more than once then,
    # and says of itself that it may have been sent before.
    again = [one.strip("<>").partition("@")[0] for one, times in came.items() if times > 1]
    assert all(logged[one][0] > 1 for one in again)
    marked = _rows(
        runtime,
        """SELECT split_part(detail, '@', 1) FROM delivery_log
           WHERE is_perhaps_again AND state = 'sent'""",
    )
    assert set(again) <= {letter for (letter,) in marked}
    repeats = len(taken) - len(came)
    assert repeats <= kills["worker"] + kills["smtp"]
    sys.stderr.write(f"\n{NOTICES} notices, {sum(kills.values())} kills {dict(kills)}: ")
    sys.stderr.write(f"{len(came)} letters, {repeats} of them twice\n")


if __name__ == "__main__":
    mail_server(int(sys.argv[2]), Path(sys.argv[3]))
elif "granian" in sys.argv[0]:
    app = web_app()
