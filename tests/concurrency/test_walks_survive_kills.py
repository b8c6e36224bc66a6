"""The whole walk of many customers at once while relay and worker are killed again and again.

Asked in the chat, approved at the desk, received in the warehouse, paid back, told: whatever dies
in between, each step happens once, each customer hears of it once, and the books add up.
"""

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from cases import deciding
from cases import service as cases
from oms_service.app import create_app
from oms_service.embedded.ports import LOCALHOST, free_ports
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations import reconcile
from oms_service.operations.returning import receiving
from oms_service.payments import service as payments
from oms_service.payments.states import MethodKind
from oms_service.processes import held_by
from oms_service.returns import queries as return_queries
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.concurrency.test_kills import Programs
from tests.factories.cases import make_agent
from tests.factories.orders import MAIL, make_delivered_order
from tests.factories.shop import Shop, make_customer, make_shop

CUSTOMERS = 24
CHATTING_AT_ONCE = 6
AGENTS = 3
PATIENCE_S = 90
VICTIMS = ("relay", "worker", "relay beside it")
STEPS = (
    "refund.paid",
    "refund.requested",
    "return.approved",
    "return.received",
    "return.requested",
    "return.settled",
)
TELLS = ("return_approved", "return_received", "refund_paid")


@dataclass(frozen=True)
class Chat:
    """A customer's browser: what gets no answer is sent again under the same id."""

    port: int
    address: str
    token: list[str] = field(default_factory=list)

    def ask_for_a_return(self, number: str) -> None:
        _, headers = self._post("/chat/session", {"language": "ja"})
        self.token.append(headers["x-chat-token"])
        said = ""
        for turn, words in enumerate(("返品したい", number, MAIL, "1点目")):
            said = self._say(turn, {"text": words})
        if "何点" in said:
            self._say(10, {"text": "1"})
        self._say(11, {"text": "気が変わった"})
        self._say(12, {"text": "はい"})

    def _say(self, turn: int, body: dict[str, str]) -> str:
        answer, _ = self._post("/chat/messages", {"id": f"message-{turn}", **body})
        return "\n".join(one["text"] for one in answer["messages"][1:])

    def _post(self, path: str, body: dict[str, str]) -> tuple[Any, dict[str, str]]:
        headers = {"Content-Type": "application/json", "X-Forwarded-For": self.address}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token[-1]}"
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with (
                suppress(OSError, http.client.HTTPException),
                closing(http.client.HTTPConnection(LOCALHOST, self.port, timeout=20)) as connection,
            ):
                connection.request("POST", path, json.dumps(body), headers)
                answer = connection.getresponse()
                raw = answer.read()
                assert answer.status == 200, raw[:300]
                return json.loads(raw), {k.lower(): v for k, v in answer.headers.items()}
            time.sleep(0.1)
        raise TimeoutError(path)


class Doing(threading.Thread):
    """One colleague: does whatever is there to do, with others doing the same, until told."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._stopped = threading.Event()
        self.broke: list[BaseException] = []

    def run(self) -> None:
        while not self._stopped.wait(0.3):
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - the test shows it
                self.broke.append(error)
                return

    def stop(self) -> None:
        self._stopped.set()
        self.join()


@dataclass(frozen=True)
class Staff:
    """The people behind the desk; each does what is to be done, twice if nobody stops them."""

    runtime: Runtime

    def ids(self, query: str) -> list[int]:
        with self.runtime.database.reading() as connection:
            found = list(connection.execute(text(query)).scalars())
        random.shuffle(found)
        return found

    def once(self, actor_id: int | None, act: Callable[[UnitOfWork], object]) -> None:
        """Somebody else was faster is an answer; anything else is not."""
        actor = SYSTEM if actor_id is None else staff(actor_id)
        with suppress(DomainError), self.runtime.unit_of_work(actor) as uow:
            act(uow)

    def approve(self, agent: int) -> None:
        undecided = """SELECT c.id FROM cases c JOIN returns r ON r.id = c.return_id
                       WHERE r.state = 'requested'"""
        for case_id in self.ids(undecided):
            self.once(agent, partial(deciding.approve_return, case_id=case_id))
            words, key = f"担当よりご連絡します {case_id}", f"form-{case_id}"
            self.once(agent, partial(cases.reply, case_id=case_id, text=words, key=key))

    def receive(self) -> None:
        for return_id in self.ids("SELECT id FROM returns WHERE state = 'approved'"):

            def act(uow: UnitOfWork, it: int = return_id) -> None:
                version = return_queries.by_id(uow.session, it).version
                receiving.receive(uow, it, version=version)

            self.once(None, act)

    def pay(self) -> None:
        by_hand = """SELECT r.id FROM refunds r LEFT JOIN payment_methods m ON m.id = r.method_id
                     WHERE r.state = 'requested' AND m.kind IS DISTINCT FROM 'gift_card'"""
        for refund_id in self.ids(by_hand):
            self.once(None, partial(payments.confirm_paid, refund_id=refund_id))


@contextmanager
def the_house(environ: dict[str, str], folder: Path, port: int) -> Iterator[Programs]:
    programs = Programs(environ, folder / "programs.log")
    programs.start("relay", "-m", "oms_service.relay")
    programs.start("relay beside it", "-m", "oms_service.relay")
    programs.start("worker", "-m", "oms_service.worker")
    programs.start(
        "web", "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", LOCALHOST,
        "--port", str(port), "--workers", "1", "--blocking-threads", "6", "oms_service.wsgi:app",
    )  # fmt: skip
    try:
        yield programs
    finally:
        programs.stop()


def sold(uow: UnitOfWork, shop: Shop, n: int) -> str:
    """An order of a customer of its own; every second one was paid by gift card."""
    customer = make_customer(uow, f"customer{n}@example.jp")
    method = None
    if n % 2:
        method = payments.add_method(
            uow, customer_id=customer, kind=MethodKind.GIFT_CARD, token=f"card-{n}", currency="JPY"
        )
        payments.change_balance(uow, method, Money(50_000, "JPY"), cause="test", key=f"fill-{n}")
    number = f"B-{20_000 + n}"
    make_delivered_order(uow, shop, number=number, customer_id=customer, method_id=method)
    return number


def test_every_walk_ends_well_while_relay_and_worker_are_killed(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    environ = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "a key for tests, thirty-two characters and more",
        "STATE_DIR": str(tmp_path / "state"),
        "TRUSTED_PROXIES": "1",
        "EFFECT_LEASE_S": "2",
        "LOG_LEVEL": "WARNING",
    }
    runtime = held_by(create_app(Settings.from_env(environ)))
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=2 * CUSTOMERS)
        agents = [make_agent(uow, f"agent{n}@desk.example") for n in range(AGENTS)]
        numbers = [sold(uow, shop, n) for n in range(CUSTOMERS)]

    at_work = Staff(runtime)
    doing = [Doing(partial(at_work.approve, agent)) for agent in agents]
    doing += [Doing(at_work.receive), Doing(at_work.receive), Doing(at_work.pay)]
    doing += [Doing(at_work.pay)]
    kills: Counter[str] = Counter()
    with the_house(environ, tmp_path, port) as programs:
        for colleague in doing:
            colleague.start()
        chats = [Chat(port, f"10.1.{n // 250}.{n % 250 + 1}") for n in range(CUSTOMERS)]
        with ThreadPoolExecutor(CHATTING_AT_ONCE) as pool:
            asked = [
                pool.submit(chat.ask_for_a_return, number)
                for chat, number in zip(chats, numbers, strict=True)
            ]
            victims = itertools.cycle(VICTIMS)
            dice = random.Random(20261122)  # noqa: S311 - chance, not secrecy
            while not all(one.done() for one in asked) or len(kills) < len(VICTIMS):
                time.sleep(dice.uniform(3.0, 5.0))
                victim = next(victims)
                programs.kill(victim)
                programs.revive()
                kills[victim] += 1
        for one in asked:
            one.result()
        _wait_for_the_end(at_work, programs)
        for colleague in doing:
            colleague.stop()
    try:
        assert [error for one in doing for error in one.broke] == []
        _check(at_work)
    finally:
        runtime.database.close()


def _wait_for_the_end(at_work: Staff, programs: Programs) -> None:
    left = """SELECT (SELECT count(*) FROM outbox WHERE reacted_at IS NULL)
                   + (SELECT count(*) FROM effects WHERE state = 'waiting')
                   + (SELECT count(*) FROM refunds WHERE state <> 'paid')
                   + (SELECT count(*) FROM returns WHERE state <> 'received')"""
    (least,), deadline = at_work.ids(left), time.monotonic() + PATIENCE_S
    while least:
        programs.revive()
        assert time.monotonic() < deadline, f"stands still at {least}"
        time.sleep(0.2)
        (now,) = at_work.ids(left)
        if now < least:
            least, deadline = now, time.monotonic() + PATIENCE_S


def _check(at_work: Staff) -> None:
    def rows(query: str) -> list[tuple[Any, ...]]:
        with at_work.runtime.database.reading() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def count(query: str) -> int:
        ((found,),) = rows(query)
        return int(found)

    # Each step once.
    steps = rows(
        """SELECT name, count(*) FROM outbox WHERE name LIKE 'return.%' OR name LIKE 'refund.%'
           GROUP BY 1 ORDER BY 1"""
    )
    assert steps == [(name, CUSTOMERS) for name in STEPS]
    assert count("SELECT count(*) FROM returns WHERE decided_by LIKE 'staff:%'") == CUSTOMERS
    assert rows("SELECT state, resolution, count(*) FROM cases GROUP BY 1, 2") == [
        ("resolved", "refunded", CUSTOMERS)
    ]
    acts = rows(
        """SELECT data->>'what', count(*), count(DISTINCT case_id) FROM case_entries
           WHERE kind = 'acted' GROUP BY 1 ORDER BY 1"""
    )
    assert acts == [(what, CUSTOMERS, CUSTOMERS) for what in sorted(TELLS)]
    assert count("SELECT count(*) FROM payment_entries WHERE kind = 'refunded'") == CUSTOMERS
    paid = count("SELECT sum(amount_minor) FROM refunds WHERE state = 'paid'")
    assert count("SELECT sum(amount_minor) FROM payment_entries WHERE kind = 'refunded'") == paid

    # Each customer was told of each step once, and answered by a person at most once.
    told = rows(
        """SELECT m.conversation_id, n.template, count(*) FROM messages m
           JOIN notices n ON n.message_id = m.id GROUP BY 1, 2"""
    )
    assert len([one for one in told if one[1] in TELLS]) == CUSTOMERS * len(TELLS)
    assert {times for _, _, times in told} == {1}
    notices = "SELECT count(*) FROM messages WHERE author_kind = 'notice'"
    spoken = "SELECT count(*) FROM notices WHERE state = 'spoken'"
    assert count(notices) == count(spoken) == len(told)
    answered = rows(
        """SELECT conversation_id, count(*) FROM messages WHERE author_kind = 'agent'
           GROUP BY 1 HAVING count(*) > 1"""
    )
    assert answered == []

    # Nobody was given up on, nothing was given up, and the books add up.
    assert count("SELECT count(*) FROM outbox WHERE name = 'conversation.handed_over'") == 0
    assert rows("SELECT step, cause FROM fallout") == []
    assert reconcile.audit(at_work.runtime.database) == ()
