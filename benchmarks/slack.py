"""Slack: how soon a press is acknowledged, a card stands there, and a burst has drained.

Web, relay and worker are real processes; Slack is the product's own stage, over HTTP, which keeps
Slack's limits and refuses what comes too fast. While the burst drains its worker is killed twice.
"""

import http.client
import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Final

from benchmarks.harness import Bench, Figure, figure
from bots.slack import lanes, people, workspaces
from bots.slack.stage.acting import Player
from bots.slack.stage.book import Book
from bots.slack.stage.sending import Post
from bots.slack.stage.server import Stage, a_stage
from cases import opening
from cases import queries as cases
from cases.routing import agents
from cases.routing import queries as routing
from oms_service.access import staff
from oms_service.access.states import Role
from oms_service.app import create_app
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.clock import SystemClock
from oms_service.kernel.languages import Language
from oms_service.processes import held_by
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.shop import make_shop

SECRET: Final = "a signing secret for measurements"  # noqa: S105 - of a Slack of our own
TOKEN: Final = "xoxb-for-measurements"  # noqa: S105 - of a Slack of our own
BURST: Final = 500
KILLS: Final = 2
#: Cases a second that are opened one by one, below the rate of any channel.
STEADY: Final = 1.0
STEADY_S: Final = 30
#: Presses a second, for so long.
PRESSES: Final = 50
PRESSES_S: Final = 10
PATIENCE_S: Final = 900.0
_RELAY: Final = ["-m", "oms_service.relay"]
_WORKER: Final = ["-m", "oms_service.worker"]


@figure("slack")
def slack(bench: Bench) -> Iterator[Figure]:
    """A steady flow of cases, then many at once, then many presses."""
    with a_stage(SystemClock()) as stage:
        book = Book(SystemClock())
        stage.seat(TOKEN, book)
        stage.pace.is_on = True
        more = {
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_API_URL": stage.api_url,
        }
        runtime = held_by(create_app(Settings.from_env({**bench.environ, **more})))
        try:
            shop = Shop(runtime, stage, book)
            yield from _steady(bench, shop, more)
            yield from _burst(bench, shop, more)
            yield from _presses(bench, shop, more)
        finally:
            runtime.database.close()


class Shop:
    """A shop with a channel for each queue and one colleague who sits at Slack."""

    def __init__(self, runtime: Runtime, stage: Stage, book: Book) -> None:
        self.runtime, self.stage, self.book = runtime, stage, book
        workspace = workspaces.connect(runtime)
        if workspace is None:
            raise RuntimeError("no workspace")
        self.member = book.people.add("rin", "Rin Mori")
        with runtime.unit_of_work(SYSTEM) as uow:
            self.customer_id = make_shop(uow).customer_id
            colleague = staff.add(
                uow,
                mail="rin@desk.example",
                name="Rin Mori",
                password="a password for measurements",  # noqa: S106 - nobody signs in
                roles=[Role.LEAD],
                language=Language.ENGLISH,
            )
            agents.ensure(uow)
            person = people.seen(uow, workspace.id, self.member.id)
            people.link(uow, person.id, colleague.id)
            self.reasons = sorted(cases.reasons(uow.session))
            for queue in routing.queues(uow.session):
                made = book.channels.create(f"cases-{queue.id}", by=book.bot.id)
                lanes.know(
                    uow,
                    workspace.id,
                    made.id,
                    name=made.name,
                    language=Language.ENGLISH,
                    queue_id=queue.id,
                )

    def open(self, nth: int) -> int:
        """One more case, of each reason in its turn; its id."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            return opening.open_case(
                uow,
                reason=self.reasons[nth % len(self.reasons)],
                language=Language.ENGLISH,
                channel="webchat",
                customer_id=self.customer_id,
            ).id

    def cards(self) -> dict[str, list[dict[str, Any]]]:
        """Every card that stands in Slack, by its key; more than one of a key is one too many."""
        found: dict[str, list[dict[str, Any]]] = {}
        for channel in self.book.channels.all():
            for message in list(channel.messages.values()):
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if str(payload.get("key", "")).startswith("card:"):
                    found.setdefault(payload["key"], []).append({**message, "in": channel.id})
        return found


def _steady(bench: Bench, shop: Shop, more: Mapping[str, str]) -> Iterator[Figure]:
    """From the transaction that opens a case to the moment its card stands there."""
    with ExitStack() as running:
        running.enter_context(bench.running(_RELAY, more=more))
        running.enter_context(bench.running(_WORKER, more=more))
        shop.open(0)
        _wait(lambda: len(shop.cards()) == 1)
        bench.tell(f"{STEADY:.0f} case a second for {STEADY_S} s")
        opened: dict[int, float] = {}
        began = time.time()
        for nth in range(round(STEADY * STEADY_S)):
            time.sleep(max(0.0, began + nth / STEADY - time.time()))
            case_id = shop.open(nth)
            opened[case_id] = time.time()
        _wait(lambda: len(shop.cards()) == 1 + len(opened))
    keys = _keys(shop.runtime, opened)
    waits = sorted(float(shop.cards()[keys[one]][0]["ts"]) - at for one, at in opened.items())
    wanted = statistics.median(_wanted(shop.runtime, opened))
    bench.tell(f"of which until the relay wanted it {wanted:.2f} s")
    yield Figure(name="slack_card_p50", value=statistics.median(waits), unit="s p50")
    yield Figure(
        name="slack_card",
        value=waits[int(len(waits) * 0.95)],
        unit="s p95",
        goal=2.0,
        at_most=True,
    )


def _burst(bench: Bench, shop: Shop, more: Mapping[str, str]) -> Iterator[Figure]:
    """Many at once. The floor is what Slack allows: a card a second in the busiest channel."""
    before = len(shop.cards())
    for nth in range(BURST):
        shop.open(nth)
    drain(shop.runtime)
    bench.tell(f"{BURST} cards, and the worker is killed {KILLS} times")
    refused = shop.stage.too_fast
    began = time.perf_counter()
    for kill in range(KILLS):
        with bench.running(_WORKER, more=more) as worker:
            aim = before + BURST * (kill + 1) // (KILLS + 2)
            _wait(lambda aim=aim: len(shop.cards()) >= aim)  # type: ignore[misc]  # a default binds it
            worker.kill()
    with bench.running(_WORKER, more=more):
        _wait(lambda: len(shop.cards()) >= before + BURST)
        seconds = time.perf_counter() - began
    found = shop.cards()
    twice = [key for key, several in found.items() if len(several) > 1]
    if len(found) != before + BURST or twice:
        raise RuntimeError(f"{len(found)} of {before + BURST} cards, {len(twice)} twice")
    busiest = max(Counter(several[0]["in"] for several in found.values()).values())
    yield Figure(
        name="slack_burst",
        value=seconds,
        unit="s",
        floor=float(busiest),
        goal=1.5,
        at_most=True,
    )
    yield Figure(name="slack_burst_refused", value=shop.stage.too_fast - refused, unit="calls")


def _presses(bench: Bench, shop: Shop, more: Mapping[str, str]) -> Iterator[Figure]:
    """From a signed press to Slack's acknowledgement, each of another case that is then taken."""
    found = list(shop.cards().values())
    many = min(PRESSES * PRESSES_S, len(found))
    bench.environ.update(more)
    with bench.serving("oms_service.wsgi:app", processes=2) as (host, port):
        local = threading.local()

        def send(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
            kept: http.client.HTTPConnection | None = getattr(local, "kept", None)
            if kept is None:
                kept = local.kept = http.client.HTTPConnection(host, port, timeout=10)
            kept.request("POST", path, body, dict(headers))
            answer = kept.getresponse()
            return answer.status, answer.read()

        player = Player(shop.stage, shop.book, shop.member, Post(SECRET, send, SystemClock()))

        def press(nth: int, at: float | None) -> float:
            if at is not None:
                time.sleep(max(0.0, at - time.perf_counter()))
            card = found[nth][0]
            began = time.perf_counter()
            answer = player.press(card["in"], card["ts"], "case:take")
            took = time.perf_counter() - began
            if not answer.is_good:
                raise RuntimeError(f"{answer.status}: {json.dumps(answer.text)[:200]}")
            return took

        warm = 20
        for nth in range(warm):
            press(nth, None)
        bench.tell(f"{PRESSES} presses a second for {PRESSES_S} s")
        began = time.perf_counter()
        with ThreadPoolExecutor(32) as pool:
            taken = pool.map(
                lambda nth: press(nth, began + (nth - warm) / PRESSES), range(warm, many)
            )
            took = sorted(taken)
    yield Figure(name="slack_ack_p50", value=statistics.median(took) * 1000, unit="ms p50")
    yield Figure(
        name="slack_ack",
        value=took[int(len(took) * 0.99)] * 1000,
        unit="ms p99",
        goal=500,
        at_most=True,
    )


def _keys(runtime: Runtime, opened: Mapping[int, float]) -> dict[int, str]:
    """The keys of the cards of cases."""
    with runtime.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT case_id, id FROM slack_threads WHERE case_id = ANY(%s)", (list(opened),)
        )
        return {row.case_id: f"card:{row.id}" for row in rows}


def _wanted(runtime: Runtime, opened: Mapping[int, float]) -> list[float]:
    """How long each case waited for the relay."""
    with runtime.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT case_id, made_at FROM slack_threads WHERE case_id = ANY(%s)", (list(opened),)
        )
        return sorted(row.made_at.timestamp() - opened[row.case_id] for row in rows)


def _wait(claim: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE_S
    while not claim():
        if time.perf_counter() > deadline:
            raise TimeoutError("Slack stands still")
        time.sleep(0.05)
