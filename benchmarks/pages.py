"""How long pages take in the demo shop, with eight people of all kinds at once.

Customers, agents, a lead, and colleagues of the warehouse, the shop and the office walk through
their pages, each signed in, on a connection that stays open, with a moment to look at each page.
Nobody waits for the others: how long each looks is drawn at random, the same in every run, from
what a mean leaves open (exponential, so that now and then all of them press at once).
What a page took is told by the server that made it: from the request's arrival to its last byte.

Before that each walks twice through their pages in each of the server's processes, unmeasured:
what is asked for the first time in a process has its statements built then, and what it does once
is not what a page costs. How long that takes is a figure of its own, ``page_first_visit``.
"""

import http.client
import itertools
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from sqlalchemy import Connection, text

from benchmarks.harness import Bench, Figure, a_bench, figure
from oms_service.access import demo_accounts, queries, sessions
from oms_service.access.states import Role, SessionKind
from oms_service.app import create_app
from oms_service.demo_shop.places import SETTINGS
from oms_service.kernel.actors import SYSTEM
from oms_service.processes import held_by
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings

#: As many processes answer pages as the machine these figures are for has cores.
PROCESSES: Final = 2
#: How long each walks through their pages, again and again, and how long they look at one in the
#: mean: most pages are seen twenty times or more.
WALK_S: Final = 60.0
LOOK_S: Final = 0.25
#: How long all go on without looking, to see what the machine can bear.
BUSY_S: Final = 6.0
#: How often each page is seen in each process before anything is measured.
WARM_UP: Final = 2
_TRIES: Final = 200
P95_GOAL_MS: Final = 60.0
#: The most statements that any page may ask for.
STATEMENTS_GOAL: Final = 95
_LANGUAGES: Final = ("ja", "en")
#: What ``benchmarks.timed_pages`` tells of each page.
TOOK_MS: Final = "X-Took-Ms"
STATEMENTS: Final = "X-Statements"
PROCESS: Final = "X-Process"
_PAGES: Final = frozenset({HTTPStatus.OK, HTTPStatus.SEE_OTHER})
#: A page of nothing: what the server itself takes.
_FLOOR: Final = "/health/live"
#: Which numbers a page is opened for, in turn.
_NUMBERS: Final = {
    "order": "SELECT number FROM orders WHERE NOT is_draft ORDER BY id DESC LIMIT 40",
    "case": "SELECT number FROM cases WHERE order_id IS NOT NULL ORDER BY id DESC LIMIT 40",
    "sku": "SELECT sku FROM variants ORDER BY id LIMIT 40",
    "return": "SELECT number FROM returns ORDER BY id DESC LIMIT 20",
    "fulfilment": "SELECT number FROM fulfilments ORDER BY id DESC LIMIT 20",
    "transfer": "SELECT number FROM transfers ORDER BY id DESC LIMIT 20",
}
#: People who have bought much, and of whom somebody wrote; each is one of those at once.
_CUSTOMERS: Final = """
    SELECT o.customer_id FROM orders o LEFT JOIN cases c ON c.order_id = o.id
    WHERE o.customer_id IS NOT NULL
    GROUP BY 1 ORDER BY count(c.id) DESC, count(*) DESC, 1 LIMIT 3
"""
_OWN: Final = "SELECT number FROM orders WHERE customer_id = :customer ORDER BY id DESC LIMIT 10"
_OWN_CASES: Final = """
    SELECT number FROM cases WHERE customer_id = :customer AND NOT is_internal ORDER BY id DESC
"""

_OF_CUSTOMERS: Final = (
    *("/", "/orders", "/orders/{own}", "/orders/{own}/return"),
    *("/orders/{own}/change", "/cases", "/cases/{own_case}", "/account/address", "/chat"),
)
_OF_COLLEAGUES: Final = {
    Role.AGENT: (
        *("/desk", "/desk/cases/{case}", "/desk/cases/{case}/do", "/desk?q=return"),
        *("/console/orders/{order}", "/desk/cases/{case}", "/desk/for-me", "/desk/tasks"),
    ),
    Role.LEAD: (
        *("/desk", "/desk/board", "/desk/reports", "/desk/cases/{case}", "/desk/team"),
        *("/desk/feedback", "/desk/deliveries", "/desk/routing", "/desk/conversations"),
    ),
    Role.WAREHOUSE: (
        *("/console/warehouse", "/console/warehouse/fulfilments/{fulfilment}"),
        *("/console/stock/{sku}", "/console/returns", "/console/returns/{return}"),
        *("/console/documents/handoff", "/console/transfers", "/console/transfers/{transfer}"),
    ),
    Role.SHOP: (
        *("/console/orders", "/console/orders/{order}", "/console/stock", "/console/pickups"),
        *("/console/stock/{sku}", "/console/pickups/customers", "/console/documents/handoff"),
    ),
    Role.OPERATIONS: (
        *("/console", "/console/orders", "/console/orders/{order}", "/console/payments"),
        *("/console/accuracy", "/console/fallout", "/console/sourcing", "/console/calendars"),
        *("/console/staff", "/console/webhooks", "/console/policies", "/console/purchases"),
    ),
}


@figure("pages")
def page_server_time(_bench: Bench) -> Iterator[Figure]:
    """The 95th percentile of each page and of all, and the statements a page asks for."""
    with a_bench() as bench:
        runtime = _a_demo(bench)
        people = _people(runtime)
        with bench.serving("benchmarks.timed_pages:app", processes=PROCESSES) as of:
            bench.tell("everybody sees their pages in each process")
            first = [one for person in people for one in person.arriving(of)]
            bench.tell(f"{len(people)} people walk through their pages for {WALK_S:.0f} s")
            seen = _at_once([person.walking(of, WALK_S, LOOK_S) for person in people])
            bench.tell("nobody stops to look")
            busy = _at_once([person.walking(of, BUSY_S, 0.0) for person in people])
            floor = _median(Person("", "", "", (_FLOOR,), {}).walking(of, 0.5, 0.0)())
    yield from _each_page(seen)
    yield _p95("page_server_time", seen, goal=P95_GOAL_MS)
    yield _p95("page_first_visit", first)
    yield Figure(name="page_server_time_p50", value=_median(seen), unit="ms p50")
    yield Figure(name="page_server_time_floor", value=_median(seen), unit="ms p50", floor=floor)
    yield _p95("page_server_time_busy", busy)
    yield Figure(name="pages_per_s", value=len(busy) / BUSY_S, unit="pages/s")


@dataclass(frozen=True)
class Seen:
    """One page that was looked at: its address with gaps, and what the server says of it."""

    page: str
    took_ms: float
    statements: int
    #: Not where it only says that the page to look at is another one.
    is_whole: bool


@dataclass
class Person:
    """Somebody signed in, and the pages they walk through; a gap is filled anew each time."""

    name: str
    cookie: str
    language: str
    pages: Sequence[str]
    numbers: dict[str, Iterator[str]]
    _client: http.client.HTTPConnection | None = field(init=False, default=None)

    def walking(self, of: tuple[str, int], for_s: float, look_s: float) -> Callable[[], list[Seen]]:
        """Through all pages again and again, with a look at each."""

        def walk() -> list[Seen]:
            self._connect(of)
            until, seen = time.monotonic() + for_s, []
            dice = random.Random(self.name)  # noqa: S311 - nothing secret hangs on it
            for page in itertools.cycle(self.pages):
                presses_at = time.monotonic() + (dice.expovariate(1 / look_s) if look_s else 0.0)
                if presses_at > until:
                    break
                time.sleep(max(0.0, presses_at - time.monotonic()))
                seen.append(self._open(page))
            return seen

        return walk

    def arriving(self, of: tuple[str, int]) -> list[Seen]:
        """Through all pages in each process of the server; what the first time took."""
        first: list[Seen] = []
        for client in _each_process(of):
            self._client = client
            first += [self._open(page) for page in self.pages]
            for page in itertools.chain.from_iterable([self.pages] * (WARM_UP - 1)):
                self._open(page)
            client.close()
        return [one for one in first if one.is_whole]

    def _connect(self, of: tuple[str, int]) -> None:
        """Begin anew: a server ends a connection on which nobody has asked for long."""
        if self._client is not None:
            self._client.close()
        self._client = http.client.HTTPConnection(*of, timeout=30)

    def _open(self, page: str) -> Seen:
        if self._client is None:
            raise RuntimeError("nobody has connected yet")
        path = page.format_map({name: next(them) for name, them in self.numbers.items()})
        headers = {"Cookie": self.cookie, "Accept-Language": self.language, "Accept": "text/html"}
        self._client.request("GET", path, headers=headers)
        answer = self._client.getresponse()
        answer.read()
        if answer.status not in _PAGES:
            raise RuntimeError(f"{self.name} at {path}: {answer.status}")
        return Seen(
            page,
            float(answer.headers[TOOK_MS]),
            int(answer.headers[STATEMENTS]),
            is_whole=answer.status == HTTPStatus.OK,
        )


def _each_process(of: tuple[str, int]) -> Iterator[http.client.HTTPConnection]:
    """A connection to each process of the server: which one answers it is the kernel's choice."""
    known: set[str | None] = set()
    for _ in range(_TRIES):
        client = http.client.HTTPConnection(*of, timeout=30)
        client.request("GET", _FLOOR)
        answer = client.getresponse()
        answer.read()
        if (process := answer.headers[PROCESS]) not in known:
            known.add(process)
            yield client
        else:
            client.close()
        if len(known) == PROCESSES:
            return
    raise RuntimeError(f"met {len(known)} of {PROCESSES} processes")


def _each_page(seen: Sequence[Seen]) -> Iterator[Figure]:
    of_page: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        of_page[one.page].append(one)
    for page, these in sorted(of_page.items()):
        yield _p95(f"page_server_time {page}", these, goal=P95_GOAL_MS)
        yield Figure(
            name=f"page_statements {page}",
            value=max(one.statements for one in these),
            unit="statements",
            goal=STATEMENTS_GOAL,
            at_most=True,
        )


def _p95(name: str, seen: Sequence[Seen], *, goal: float | None = None) -> Figure:
    value = statistics.quantiles((one.took_ms for one in seen), n=20)[-1]
    return Figure(name=name, value=value, unit="ms p95", goal=goal, at_most=True)


def _median(seen: Sequence[Seen]) -> float:
    return statistics.median(one.took_ms for one in seen)


def _at_once(walks: Sequence[Callable[[], list[Seen]]]) -> list[Seen]:
    """What all of them saw, walking at the same time."""
    seen: list[Seen] = []
    wrong: list[BaseException] = []

    def run(walk: Callable[[], list[Seen]]) -> None:
        try:
            seen.extend(walk())
        except (RuntimeError, OSError, http.client.HTTPException) as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(walk,)) for walk in walks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return [one for one in seen if one.is_whole]


# The demo shop, and who is in it


def _a_demo(bench: Bench) -> Runtime:
    """The demo shop as ``make demo`` fills it, with all of its events heard."""
    bench.environ.update(SETTINGS, DEMO="1")
    bench.tell("filling the demo shop")
    subprocess.run(
        [sys.executable, "-m", "oms_service.cli", "demo-data"],
        env={**os.environ, **bench.environ},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    runtime = held_by(create_app(Settings.from_env(bench.environ)))
    with runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, runtime.settings)
    drain(runtime)
    return runtime


def _people(runtime: Runtime) -> list[Person]:
    """Three customers, and a colleague of each kind but auditors; half of them read English."""
    accounts = {one.role: one.mail for one in demo_accounts.ACCOUNTS}
    with runtime.database.reading() as connection:
        customers = [int(one) for one in _column(connection, _CUSTOMERS)]
        numbers = {name: _column(connection, query) for name, query in _NUMBERS.items()}
        own = {
            one: {
                "own": _column(connection, _OWN, customer=one),
                "own_case": _column(connection, _OWN_CASES, customer=one),
            }
            for one in customers
        }
        of_role = {
            role: found.id
            for role in _OF_COLLEAGUES
            if (found := queries.staff_by_mail(connection, accounts[role])) is not None
        }
    who = [
        (f"customer {one}", SessionKind.CUSTOMER, one, _having(_OF_CUSTOMERS, own[one]), own[one])
        for one in customers
    ]
    who += [
        (str(role), SessionKind.STAFF, staff_id, _OF_COLLEAGUES[role], numbers)
        for role, staff_id in of_role.items()
    ]
    languages = itertools.cycle(_LANGUAGES)
    return [
        Person(
            name,
            f"{sessions.COOKIES[kind]}={_signed_in(runtime, kind, subject)}",
            next(languages),
            pages,
            {gap: itertools.cycle(them) for gap, them in given.items() if them},
        )
        for name, kind, subject, pages, given in who
    ]


def _having(pages: Sequence[str], own: dict[str, list[str]]) -> Sequence[str]:
    """Without the pages of what this customer has none of."""
    none = [f"{{{name}}}" for name, them in own.items() if not them]
    return [one for one in pages if not any(gap in one for gap in none)]


def _signed_in(runtime: Runtime, kind: SessionKind, subject_id: int) -> str:
    with runtime.unit_of_work(SYSTEM) as uow:
        return sessions.start(uow, kind, subject_id, device="", instead_of=None)


def _column(connection: Connection, query: str, **given: object) -> list[str]:
    return [str(one) for one in connection.execute(text(query), given).scalars()]
