"""Whatever is merged, split, undone and written: every message is found under one open case."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import families, queries
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.merging.service import Part
from cases.states import ACTIVE
from oms_service.conversations import service as talking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_case, make_chat

CASES = 4
#: What is done, and to which of the cases there are.
STEP = st.tuples(
    st.sampled_from(["merge", "unmerge", "split", "unsplit", "write"]),
    st.integers(0, 7),
    st.integers(0, 7),
)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=4, max_size=10))
def test_no_message_is_lost_or_doubled(runtime: Runtime, steps: list[tuple[str, int, int]]) -> None:
    world = World(runtime)
    for what, one, other in steps:
        world.do(what, one, other)
        world.check()


class World:
    """Four cases of four chats, and what becomes of them."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.cases: list[int] = []
        self.chats: list[int] = []
        self.messages: dict[int, int] = {}
        self.number = 0
        for _ in range(CASES):
            with runtime.unit_of_work(SYSTEM) as uow:
                chat = make_chat(uow).id
                self.cases.append(make_case(uow, conversation_id=chat).id)
            self.chats.append(chat)
            self.hear(chat)
        drain(runtime)

    def write(self, chat: int) -> None:
        self.hear(chat)
        drain(self.runtime)

    def hear(self, chat: int) -> None:
        self.number += 1
        with self.runtime.unit_of_work(SYSTEM) as uow:
            said = talking.receive(uow, chat, key=f"k{self.number}", text=f"w{self.number}")
        assert said is not None
        self.messages[said.id] = chat

    def do(self, what: str, one: int, other: int) -> None:
        case = self.cases[one % len(self.cases)]
        second = self.cases[other % len(self.cases)]
        self.number += 1
        key = f"s{self.number}"
        steps: dict[str, Callable[[UnitOfWork], object]] = {
            "merge": lambda uow: merging.merge(uow, case, second, key=key),
            "unmerge": lambda uow: merging.unmerge(uow, case),
            "split": lambda uow: self.split(uow, case, other, key),
            "unsplit": lambda uow: merging.unsplit(uow, case),
        }
        if what == "write":
            self.write(self.chats[one % CASES])
            return
        with suppress(DomainError), self.runtime.unit_of_work(SYSTEM) as uow:
            steps[what](uow)

    def split(self, uow: UnitOfWork, case: int, place: int, key: str) -> None:
        shown = merged.messages(uow.session, case)
        chosen = [shown[place % len(shown)].id] if shown else []
        part = Part(reason="payment", key=key, message_ids=chosen)
        self.cases.append(merging.split(uow, case, part).id)

    def check(self) -> None:
        """Every message is shown by exactly one case, which is open."""
        with self.runtime.database.reading() as connection:
            roots = set(families.root_ids(connection, self.cases).values())
            assert all(queries.by_id(connection, one).state in ACTIVE for one in roots)
            places: dict[int, list[int]] = {message: [] for message in self.messages}
            for root in sorted(roots):
                shown = [one.id for one in merged.messages(connection, root)]
                assert len(shown) == len(set(shown))
                for message in shown:
                    places[message].append(root)
            assert {message: len(roots) for message, roots in places.items()} == dict.fromkeys(
                self.messages, 1
            )
