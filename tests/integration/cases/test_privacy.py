"""No internal word ever reaches a customer, whatever it is and wherever they look."""

from dataclasses import asdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import queries, service
from oms_service.conversations import queries as conversations
from oms_service.history import queries as history
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop

SECRET = "QZX"
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(note=WORDS, reply=WORDS, ending=WORDS)
def test_notes_stay_inside(runtime: Runtime, note: str, reply: str, ending: str) -> None:
    shop, agent = _shop(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=shop.customer_id)
        order = make_order(uow, shop)
        case = make_case(uow, order_id=order.id, conversation_id=chat.id)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.note(uow, case.id, f"{note}{SECRET}{note}")
        service.reply(uow, case.id, f"{reply}!")
        service.resolve(uow, case.id, code="no_answer", note=f"{SECRET}{ending}")
    drain(runtime)
    with runtime.database.looking() as session:
        seen = [
            *map(asdict, conversations.thread(session, chat.id)),
            *map(asdict, queries.public_of_customer(session, shop.customer_id)),
            *map(asdict, queries.public_of_orders(session, [order.id])),
            *map(asdict, history.timeline(session, runtime.timeline, order.id)),
            *map(asdict, history.for_customer(session, runtime.timeline, shop.customer_id)),
        ]
        inside = [entry.text for entry in queries.entries(session, case.id)]
    assert sum(SECRET in text for text in inside) == 2
    assert SECRET not in repr(seen)


_MADE: dict[int, tuple[Shop, int]] = {}


def _shop(runtime: Runtime) -> tuple[Shop, int]:
    if id(runtime) not in _MADE:
        with runtime.unit_of_work(SYSTEM) as uow:
            _MADE[id(runtime)] = make_shop(uow, stock=1000), make_agent(uow)
    return _MADE[id(runtime)]
