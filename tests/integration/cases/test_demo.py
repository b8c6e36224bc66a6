"""The demo's cases, and the inbox written anew from rows."""

from sqlalchemy import text

from cases import demo, inbox
from oms_service.demo_shop.generate import generate
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent


def test_a_first_morning_has_cases_and_the_inbox_can_be_rebuilt(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_agent(uow)
        shop = generate(uow, many=300)
        demo.add(uow, shop)
    drain(runtime)

    def listed() -> list[tuple[object, ...]]:
        with runtime.database.reading() as connection:
            rows = connection.execute(text("SELECT * FROM case_inbox ORDER BY case_id"))
            return [tuple(row) for row in rows]

    before = listed()
    assert len(before) >= 5
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("DELETE FROM case_inbox"))
    assert listed() == []
    with runtime.unit_of_work(SYSTEM) as uow:
        inbox.forget(uow)
        rebuilt = sum(inbox.project(uow, chunk) for chunk in inbox.chunks(uow))
    assert rebuilt == len(before)
    assert listed() == before
