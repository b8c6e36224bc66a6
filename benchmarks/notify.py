"""Notices: how many are planned and put into words, and how soon a letter is handed over.

The relays, the workers and the mail server are real and of their own. The fact is that goods lie
ready in a shop and are not kept much longer: nothing but notices listens to it, and customers are
told by mail. The shop lies where it is noon, so that nothing waits for the morning.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, text

from benchmarks.harness import Bench, Figure, figure
from oms_service.app import create_app
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.clock import SystemClock
from oms_service.operations.pickup import collecting
from oms_service.pickup.events import PickupReminderDue
from oms_service.pickup.queries import PickupView
from oms_service.processes import held_by
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.pickups import place_for_pickup, stocked_counter
from tests.factories.shop import make_customer, make_shop
from tests.fakes.smtp import a_mail_server

PICKUPS: Final = 600
NOTICES: Final = 3_000
RELAYS: Final = 2
#: So many facts a second, for so long, one transaction each.
RATE: Final = 100
STEADY_S: Final = 10
WORKERS: Final = 1
PATIENCE_S: Final = 300.0
_RELAY: Final = ["-m", "oms_service.relay"]
_WORKER: Final = ["-m", "oms_service.worker"]
_SPOKEN: Final = text(
    "SELECT count(*) FROM notices WHERE template = 'pickup_reminder' AND state = 'spoken'"
)
_WAITING: Final = text("SELECT count(*) FROM effects WHERE state = 'waiting'")
#: From the fact's transaction to the moment after the mail server took the letter.
_WAITS: Final = text(
    """
    SELECT extract(epoch FROM d.at - o.occurred_at)
    FROM delivery_log d
    JOIN notices n ON n.message_id = d.message_id AND d.state = 'sent'
    JOIN outbox o ON n.key = concat_ws(
        ':', 'pickup_reminder', o.payload->>'pickup_id', o.payload->>'collect_by')
    WHERE o.id > :after
    """
)


@figure("notify")
def notices(bench: Bench) -> Iterator[Figure]:
    """With a backlog, one relay a core and no worker; then at a steady rate, with a worker."""
    with a_mail_server() as server:
        more = {"SMTP_URL": server.url, "SHOP_ZONE": _where_it_is_noon().key}
        runtime = held_by(create_app(Settings.from_env({**bench.environ, **more})))
        try:
            telling = Telling(runtime, _pickups(bench, runtime))
            yield _planned_and_rendered(bench, telling, more)
            yield from _handed_over(bench, telling, more)
        finally:
            runtime.database.close()


def _planned_and_rendered(bench: Bench, telling: "Telling", more: Mapping[str, str]) -> Figure:
    """Notices a second from the fact to the letter as it waits for the worker."""
    with ExitStack() as running:
        telling.tell(NOTICES)
        for _ in range(RELAYS):
            running.enter_context(bench.running(_RELAY, more=more))
        telling.wait_until_told(1)
        began, first = time.perf_counter(), telling.told()
        telling.wait_until_told(NOTICES)
        seconds = time.perf_counter() - began
    telling.forget_letters()
    return Figure(
        name="notices_per_s", value=(NOTICES - first) / seconds, unit="notices/s", goal=200
    )


def _handed_over(bench: Bench, telling: "Telling", more: Mapping[str, str]) -> Iterator[Figure]:
    """From a fact's transaction until the mail server has its letter, at a steady rate."""
    with ExitStack() as running:
        running.enter_context(bench.running(_RELAY, more=more))
        for _ in range(WORKERS):
            running.enter_context(bench.running(_WORKER, more=more))
        before = telling.told()
        telling.tell(RATE)
        telling.wait_until_told(before + RATE)
        telling.wait_until_handed_over()
        telling.wait_until_nothing_is_queued()  # nobody's letters from before are no work of now
        bench.tell(f"{RATE} facts a second for {STEADY_S} s")
        with telling.runtime.database.reading() as connection:
            after = connection.execute(text("SELECT max(id) FROM outbox")).scalar_one()
        telling.tell_steadily()
        telling.wait_until_told(before + RATE + RATE * STEADY_S)
        telling.wait_until_handed_over()
        with telling.runtime.database.reading() as connection:
            waits = sorted(map(float, connection.execute(_WAITS, {"after": after}).scalars()))
    if len(waits) != RATE * STEADY_S:
        raise RuntimeError(f"{len(waits)} letters of {RATE * STEADY_S}")
    yield Figure(name="commit_to_handoff_p50", value=statistics.median(waits), unit="s p50")
    yield Figure(
        name="commit_to_handoff",
        value=waits[int(len(waits) * 0.95)],
        unit="s p95",
        goal=1.0,
        at_most=True,
    )


def _where_it_is_noon() -> ZoneInfo:
    east_h = 12 - SystemClock().now().hour
    return ZoneInfo(f"Etc/GMT{-east_h:+d}" if east_h else "UTC")


def _pickups(bench: Bench, runtime: Runtime) -> tuple[PickupView, ...]:
    """Pickups that lie ready, of a customer each, with all that follows from them done."""
    bench.tell(f"placing {PICKUPS} orders that are fetched")
    made = []
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        counter = stocked_counter(uow, shop, units=2 * PICKUPS)
    for begin in range(0, PICKUPS, 50):
        with runtime.unit_of_work(SYSTEM) as uow:
            for n in range(begin, begin + 50):
                its = replace(shop, customer_id=make_customer(uow, f"customer{n}@example.jp"))
                _, pickup = place_for_pickup(uow, its, counter)
                made.append(collecting.make_ready(uow, pickup.id))
    drain(runtime)
    return tuple(made)


class Telling:
    """Emits facts that have not been told yet, one pickup after the other, and counts notices."""

    def __init__(self, runtime: Runtime, pickups: tuple[PickupView, ...]) -> None:
        self.runtime = runtime
        self._pickups = itertools.cycle(pickups)
        #: A deadline is told once, so each fact has a deadline of its own.
        tomorrow = runtime.clock.now() + timedelta(days=1)
        self._deadlines = (tomorrow + timedelta(seconds=n) for n in itertools.count())
        self.forget_letters()

    def tell(self, facts: int) -> None:
        """So many of them in one transaction."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            for pickup in itertools.islice(self._pickups, facts):
                uow.emit(
                    PickupReminderDue(
                        order_id=pickup.order_id or 0,
                        pickup_id=pickup.id,
                        location_id=pickup.location_id,
                        collect_by=next(self._deadlines).isoformat(),
                    )
                )

    def tell_steadily(self) -> None:
        """At the rate, one transaction each."""
        began = time.perf_counter()
        for n in range(RATE * STEADY_S):
            time.sleep(max(0.0, began + n / RATE - time.perf_counter()))
            self.tell(1)

    def told(self) -> int:
        return self._count(_SPOKEN)

    def wait_until_told(self, notices: int) -> None:
        self._wait(lambda: self.told() >= notices)

    def wait_until_handed_over(self) -> None:
        self._wait(lambda: self._count(_WAITING) == 0)

    def wait_until_nothing_is_queued(self) -> None:
        self._wait(lambda: not any(self.runtime.jobs.waiting().values()))

    def forget_letters(self) -> None:
        """What was written until here is nobody's mail."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            uow.session.execute(text("UPDATE effects SET state = 'done' WHERE state = 'waiting'"))

    def _count(self, query: TextClause) -> int:
        with self.runtime.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    @staticmethod
    def _wait(claim: Callable[[], bool]) -> None:
        deadline = time.perf_counter() + PATIENCE_S
        while not claim():
            if time.perf_counter() > deadline:
                raise TimeoutError("notices stand still")
            time.sleep(0.02)
