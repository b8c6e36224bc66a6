"""How fast the chat answers "where is my order": turns a second, one wait, and in an old shop.

Every chat is a person's own: opened, told the number of an order and the phone it was ordered with,
then asked again and again, over HTTP, as the page's script asks. Each comes from an address of its
own, as people do, so that the limits of one sender stop nobody here.
"""

import http.client
import itertools
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks import growth, shop
from benchmarks.harness import Bench, Figure, a_bench, figure
from oms_service.infra.db import Database
from oms_service.infra.uow import transaction
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.clock import SystemClock
from oms_service.operations.dispatch import shipping as dispatch
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.shipping.service import NewParcel
from tests.factories.orders import CARRIER, PHONE, SHIP_TO, pay
from tests.factories.shop import make_customer

#: As many processes answer pages as the machine these figures are for has cores.
PROCESSES: Final = 2
#: Clients that ask without a pause, how many chats each takes in turn, and for how long.
BUSY: Final = 8
CHATS_EACH: Final = 8
BUSY_S: Final = 6.0
WARM_UP: Final = 2
ROUNDS: Final = 3
#: People who think between two questions.
PEOPLE: Final = 8
THINK_S: Final = 2.0
ASKED_EACH: Final = 14
P95_GOAL_MS: Final = 60.0
#: One person's questions in either shop, in turns; a chat takes no more than so many a minute.
COMPARED: Final = 120
OF_ONE_CHAT: Final = 30
GROWTH_GOAL: Final = 1.3
_QUESTIONS: Final = ("where is my order?", "注文した品はいまどこですか")


@figure("bot")
def chat_turn(_bench: Bench) -> Iterator[Figure]:
    """Turns a second on two processes, the wait for one among eight people, and both when old."""
    with a_bench() as bench:
        house = shop.a_shop(bench)
        bench.environ["TRUSTED_PROXIES"] = "1"
        people = iter(_people(bench, house.location_id))
        growth.load(bench, house, 1, growth.FEW)
        small, big = growth.copy(bench.database_url), bench.database_url
        bench.environ["DATABASE_URL"] = small
        with bench.serving("oms_service.wsgi:app", processes=PROCESSES) as of:
            yield _busy(bench, of, people)
            yield _thinking(bench, of, people)
        bench.environ["DATABASE_URL"] = big
        bench.tell(f"writing {growth.MANY} orders")
        growth.load(bench, house, growth.FEW + 1, growth.MANY)
        yield from _growth(bench, small, big, people)


def _busy(bench: Bench, of: tuple[str, int], people: "Iterator[Person]") -> Figure:
    """Turns a second of clients who never pause."""
    rates = []
    chats = [[_Chat(of, next(people)) for _ in range(CHATS_EACH)] for _ in range(BUSY)]
    for turn in range(ROUNDS):
        bench.tell(f"round {turn + 1} of {ROUNDS}")
        asked = _at_once([_asking(mine, time.monotonic() + BUSY_S) for mine in chats])
        rates.append(sum(map(len, asked)) / BUSY_S)
    return Figure(name="chat_turns_per_s", value=statistics.median(rates), unit="turns/s")


def _thinking(bench: Bench, of: tuple[str, int], people: "Iterator[Person]") -> Figure:
    """The 95th percentile of one answer, with people who think before they ask again."""
    bench.tell(f"{PEOPLE} people talk")
    chats = [_Chat(of, next(people)) for _ in range(PEOPLE)]
    began = time.monotonic()
    took_s = _at_once(
        [_thoughtful(chat, began + THINK_S * n / PEOPLE) for n, chat in enumerate(chats)]
    )
    p95 = statistics.quantiles(itertools.chain(*took_s), n=20)[-1]
    return Figure(
        name="chat_turn", value=p95 * 1_000, unit="ms p95", goal=P95_GOAL_MS, at_most=True
    )


def _growth(bench: Bench, small: str, big: str, people: "Iterator[Person]") -> Iterator[Figure]:
    """What a turn costs in a table of a million orders, beside one of a thousand."""
    bench.environ["DATABASE_URL"] = small
    with bench.serving("oms_service.wsgi:app", threads=2) as of_few:
        bench.environ["DATABASE_URL"] = big
        with bench.serving("oms_service.wsgi:app", threads=2) as of_many:
            took_s: tuple[list[float], list[float]] = ([], [])
            for _ in range(COMPARED // OF_ONE_CHAT):
                person = next(people)
                pair = _Chat(of_few, person), _Chat(of_many, person)
                for _ in range(OF_ONE_CHAT):
                    for chat, of in zip(pair, took_s, strict=True):
                        of.append(chat.ask())
    few, many = (statistics.median(of) * 1_000 for of in took_s)
    yield Figure(
        name="chat_turn_growth",
        value=many,
        unit="ms",
        floor=few,
        goal=GROWTH_GOAL,
        at_most=True,
    )


# Those who ask


@dataclass(frozen=True)
class Person:
    """A customer with one order under way, and where they write from."""

    number: str
    phone: str
    address: str


@dataclass
class _Chat:
    """One person's chat: they have said who they are, and ask where their order is."""

    of: tuple[str, int]
    person: Person
    _client: http.client.HTTPConnection = field(init=False)
    _token: str = field(init=False, default="")
    _asked: int = 0

    def __post_init__(self) -> None:
        self._client = http.client.HTTPConnection(*self.of, timeout=30)
        opened = self._post("/chat/session", {"language": "en"})
        self._token = opened.headers["X-Chat-Token"]
        opened.read()
        self._say(f"where is {self.person.number}? My phone is {self.person.phone}")
        for _ in range(WARM_UP):
            self.ask()

    def ask(self) -> float:
        """Ask once; the seconds it took.

        Raises:
            RuntimeError: the answer was not where the order is.
        """
        question = _QUESTIONS[self._asked % len(_QUESTIONS)]
        began = time.perf_counter()
        said = self._say(question)
        took_s = time.perf_counter() - began
        if self.person.number not in said:
            raise RuntimeError(said)
        return took_s

    def _say(self, words: str) -> str:
        self._asked += 1
        sent = {"id": f"message-{self._asked:04}", "text": words}
        answer = self._post("/chat/messages", sent)
        said = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said}")
        return "\n".join(one["text"] for one in json.loads(said)["messages"][1:])

    def _post(self, path: str, body: dict[str, str]) -> http.client.HTTPResponse:
        headers = {
            "Content-Type": "application/json",
            "Accept-Language": "en",
            "X-Forwarded-For": self.person.address,
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        self._client.request("POST", path, json.dumps(body), headers)
        return self._client.getresponse()


def _asking(chats: Sequence[_Chat], until: float) -> Callable[[], list[float]]:
    def ask() -> list[float]:
        took_s: list[float] = []
        for chat in itertools.cycle(chats):
            if time.monotonic() > until:
                return took_s
            took_s.append(chat.ask())
        return took_s

    return ask


def _thoughtful(chat: _Chat, first: float) -> Callable[[], list[float]]:
    def ask() -> list[float]:
        took_s = []
        for n in range(ASKED_EACH):
            time.sleep(max(0.0, first + THINK_S * n - time.monotonic()))
            took_s.append(chat.ask())
        return took_s

    return ask


def _at_once(asking: Sequence[Callable[[], list[float]]]) -> list[list[float]]:
    """What each of them took, all at the same time."""
    took_s: list[list[float]] = []
    wrong: list[BaseException] = []

    def run(ask: Callable[[], list[float]]) -> None:
        try:
            took_s.append(ask())
        except (RuntimeError, OSError, http.client.HTTPException) as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(ask,)) for ask in asking]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return took_s


def _people(bench: Bench, location_id: int) -> list[Person]:
    """Customers of one sent order each, enough that nobody is asked for twice."""
    count = BUSY * CHATS_EACH + PEOPLE + COMPARED // OF_ONE_CHAT
    database = Database(bench.database_url, pool_size=1)
    people = []
    for n in range(count):
        with transaction(
            database.session(), clock=SystemClock(), actor=SYSTEM, after_commit=_nothing
        ) as uow:
            mail, number = f"asks{n}@example.jp", f"Q-{50_000 + n}"
            wanted = PlaceOrder(
                channel="web",
                external_ref=number,
                customer_id=make_customer(uow, mail),
                lines=[WantedLine(sku=shop.SKU, quantity=shop.UNITS)],
                number=number,
                ship_to=SHIP_TO,
                mail=mail,
                phone=PHONE,
                placed_at=None,
            )
            placed = placing.place(uow, wanted)
            pay(uow, placed.order.id, placed.order.total)
            held = stock.promised(uow.session, placed.line_ids)
            parcel = NewParcel(
                carrier=CARRIER,
                tracking_number=f"{100_000_000_000 + n}",
                lines={one.order_line_id: one.quantity for one in held},
            )
            dispatch.hand_over(
                uow,
                HandOver(
                    order_id=placed.order.id,
                    number=f"S-{number}",
                    location_id=location_id,
                    parcels=[parcel],
                ),
            )
        people.append(Person(number, PHONE, f"10.0.{n // 250}.{n % 250 + 1}"))
    database.close()
    return people


def _nothing(*, emitted: bool, topics: list[str]) -> None:
    del emitted, topics
