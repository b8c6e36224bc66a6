"""Whatever is done with cases in whatever order: every figure, list and load adds up after it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cases import families, inbox, queries, service
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.merging.service import Part
from cases.states import ACTIVE, Priority
from cases.taxonomy import sorting, tags
from cases.taxonomy.sorting import Sorting
from cases.together import linking
from cases.together.linking import Child
from cases.together.states import LinkKind
from cases.writing import answering, handing
from oms_service.conversations import service as talking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.kernel.ids import readable_code
from oms_service.operations.reconcile import audit
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.shop import make_customer
from tests.fakes.clock import StandingClock

CASES = 3
#: As many steps in one walk.
STEPS = 10
DO = (
    *("write", "answer", "undo", "leave", "merge", "unmerge", "split", "unsplit", "tag", "give"),
    *("release", "snooze", "resolve", "reopen", "close", "sort", "link", "child"),
)
STEP = st.tuples(st.sampled_from(DO), st.integers(0, 7), st.integers(0, 7))


@pytest.fixture
def begin(runtime: Runtime, clock: StandingClock) -> Callable[[], "World"]:
    def world() -> World:
        return World(runtime, clock)

    return world


@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEP, min_size=STEPS, max_size=STEPS))
def test_it_adds_up_after_every_step(
    begin: Callable[[], "World"], steps: list[tuple[str, int, int]]
) -> None:
    world = begin()
    for what, one, other in steps:
        world.do(what, one, other)
        world.check(what)
    world.check_inbox()


class World:
    """Cases of some chats, two colleagues, and what becomes of them."""

    def __init__(self, runtime: Runtime, clock: StandingClock) -> None:
        self.runtime, self.clock = runtime, clock
        self.messages: dict[int, int] = {}
        self.cases: list[int] = []
        self.chats: list[int] = []
        self.number = 0
        with runtime.unit_of_work(SYSTEM) as uow:
            self.staff = [make_agent(uow), make_agent(uow, "ren@desk.example", name="佐藤 蓮")]
            self.customer = make_customer(uow, f"{readable_code(8)}@example.jp")
        for _ in range(CASES):
            with runtime.unit_of_work(SYSTEM) as uow:
                chat = make_chat(uow, customer_id=self.customer).id
                self.hear(uow, chat)
                self.cases.append(make_case(uow, conversation_id=chat).id)
            self.chats.append(chat)
        drain(runtime)

    def hear(self, uow: UnitOfWork, chat: int) -> None:
        self.number += 1
        said = talking.receive(uow, chat, key=f"k{self.number}", text=f"w{self.number}")
        assert said is not None
        self.messages[said.id] = chat

    def do(self, what: str, one: int, other: int) -> None:
        self.number += 1
        self.clock.advance(minutes=7)
        case = self.cases[one % len(self.cases)]
        second = self.cases[other % len(self.cases)]
        me = staff(self.staff[other % 2])
        step: Callable[[UnitOfWork, int, int], object] = getattr(self, what)
        before = len(self.cases)
        try:
            with self.runtime.unit_of_work(me) as uow:
                step(uow, case, second)
        except DomainError:
            del self.cases[before:]
        drain(self.runtime)

    def write(self, uow: UnitOfWork, case: int, _second: int) -> None:
        self.hear(uow, self.chats[case % CASES])

    def answer(self, uow: UnitOfWork, case: int, second: int) -> None:
        wait = timedelta(seconds=10 * (second % 2))
        answering.press(uow, case, "はい。", key=f"a{self.number}", wait=wait, asks=second > case)

    def undo(self, uow: UnitOfWork, _case: int, second: int) -> None:
        waiting = uow.session.scalars(
            text("SELECT id FROM case_pending_replies WHERE state = 'waiting' ORDER BY id")
        ).all()
        if waiting:
            answering.undo(uow, waiting[second % len(waiting)])

    def leave(self, uow: UnitOfWork, _case: int, _second: int) -> None:
        while answering.send_due(uow):
            pass

    def merge(self, uow: UnitOfWork, case: int, second: int) -> None:
        merging.merge(uow, case, second, key=f"m{self.number}")

    def unmerge(self, uow: UnitOfWork, case: int, _second: int) -> None:
        merging.unmerge(uow, case)

    def split(self, uow: UnitOfWork, case: int, second: int) -> None:
        shown = merged.messages(uow.session, case)
        chosen = [shown[second % len(shown)].id] if shown else []
        part = Part(reason="payment", key=f"s{self.number}", message_ids=chosen)
        self.cases.append(merging.split(uow, case, part).id)

    def unsplit(self, uow: UnitOfWork, case: int, _second: int) -> None:
        merging.unsplit(uow, case)

    def tag(self, uow: UnitOfWork, case: int, second: int) -> None:
        tags.put(uow, case, f"しるし{second % 2}")

    def give(self, uow: UnitOfWork, case: int, second: int) -> None:
        service.assign(uow, case, self.staff[second % 2])

    def release(self, uow: UnitOfWork, case: int, _second: int) -> None:
        handing.release(uow, case)

    def snooze(self, uow: UnitOfWork, case: int, _second: int) -> None:
        service.snooze(uow, case, uow.now + timedelta(minutes=20))

    def resolve(self, uow: UnitOfWork, case: int, _second: int) -> None:
        service.resolve(uow, case, code="answered", note="済み")

    def reopen(self, uow: UnitOfWork, case: int, _second: int) -> None:
        service.reopen(uow, case)

    def close(self, uow: UnitOfWork, case: int, _second: int) -> None:
        service.close(uow, case)

    def sort(self, uow: UnitOfWork, case: int, second: int) -> None:
        wanted = (Priority.URGENT, Priority.LOW)[second % 2]
        queue = ("orders", "returns")[case % 2]
        sorting.sort(uow, case, Sorting(priority=wanted, queue=queue))

    def link(self, uow: UnitOfWork, case: int, second: int) -> None:
        linking.link(uow, case, second, LinkKind.RELATED)

    def child(self, uow: UnitOfWork, case: int, second: int) -> None:
        made = Child(reason="payment", key=f"c{self.number}", is_blocking=bool(second % 2))
        self.cases.append(linking.open_child(uow, case, made).id)

    def check(self, after: str) -> None:
        """Nothing differs; each message is shown by one case, which is open where any is."""
        assert audit(self.runtime.database) == (), after
        with self.runtime.database.reading() as connection:
            roots = sorted(set(families.root_ids(connection, self.cases).values()))
            places: dict[int, list[int]] = {message: [] for message in self.messages}
            for root in roots:
                for shown in merged.messages(connection, root):
                    places.get(shown.id, []).append(root)
            active = [one for one in roots if queries.by_id(connection, one).state in ACTIVE]
            for message, where in places.items():
                assert len(set(where) & set(active)) <= 1, (after, message, where)
                assert where, (after, message)

    def check_inbox(self) -> None:
        """Written anew, the inbox is what it was."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            rows = text("SELECT to_jsonb(i) FROM case_inbox i ORDER BY case_id")
            before = uow.session.scalars(rows).all()
            inbox.project(uow, [row["case_id"] for row in before], holds=True)
            assert uow.session.scalars(rows).all() == before
