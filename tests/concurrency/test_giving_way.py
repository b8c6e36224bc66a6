"""Two who wait for each other: the relay lets go, people never lose their work."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

from psycopg.errors import DeadlockDetected
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from bots import inbound
from bots.dialogue.turns import Data, Result
from bots.inbound import Incoming
from bots.skills.context import Context
from bots.skills.table import SKILLS
from cases import deciding
from cases import service as cases
from oms_service.conversations import service as conversations
from oms_service.conversations.channels import WEBCHAT
from oms_service.conversations.states import Owner
from oms_service.infra.outbox import Delivery
from oms_service.infra.outbox import DeliveryState as State
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_chat, make_return_case
from tests.factories.orders import MAIL, make_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock


def states(runtime: Runtime) -> set[State]:
    with runtime.database.reading() as connection:
        return set(connection.execute(select(Delivery.state)).scalars())


def test_an_agent_who_holds_the_chat_and_wants_the_case_does_not_lose_to_the_relay(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        agent = make_agent(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        case = make_return_case(uow, shop, conversation_id=chat.id)
    drain(runtime)
    with runtime.unit_of_work(staff(agent)) as uow:
        deciding.approve_return(uow, case.id)

    holds = Signal()

    def the_relay() -> int:
        assert holds.wait(20)
        # Takes the case first, then wants the chat to tell the customer.
        return drain(runtime)

    with ThreadPoolExecutor(1) as pool, runtime.unit_of_work(staff(agent)) as uow:
        conversations.lock(uow, chat.id)
        done = pool.submit(the_relay)
        holds.set()
        uow.session.execute(text("SELECT pg_sleep(0.1)"))
        uow.session.execute(text("SET LOCAL lock_timeout = '900ms'"))
        cases.note(uow, case.id, "速達で")
        done.result(timeout=20)
    assert states(runtime) == {State.DONE}
    clock.advance(seconds=1)
    drain(runtime)
    with runtime.database.reading() as connection:
        told = connection.execute(
            text("SELECT template, state FROM notices WHERE template LIKE 'return%'")
        ).all()
        waiting = "SELECT count(*) FROM outbox WHERE reacted_at IS NULL"
        assert connection.execute(text(waiting)).scalar() == 0
    assert [tuple(row) for row in told] == [("return_approved", "spoken")]


def test_a_message_that_meets_a_ring_of_waiting_is_answered_and_not_passed_to_people(
    runtime: Runtime,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, make_shop(uow), number="A-10423")
    chat = inbound.open_chat(runtime, channel=WEBCHAT, key="a", language=Language.JAPANESE)
    rings = iter([True, True])

    def identify(context: Context, given: Data) -> Result:
        found = SKILLS["identify"](context, given)
        if next(rings, False):
            raise OperationalError("select", {}, DeadlockDetected())
        return found

    for turn, words in enumerate(("注文はどこですか", "A-10423", MAIL)):
        answer = inbound.receive(
            runtime,
            chat.id,
            Incoming(key=f"c:{turn}", text=words, source="t"),
            skills_by_name={**SKILLS, "identify": identify},
        )
    assert "A-10423" in answer.replies[0].text
    with runtime.database.reading() as connection:
        owner = connection.execute(text("SELECT owner FROM conversations")).scalar()
        said = connection.execute(text("SELECT count(*) FROM messages")).scalar()
    assert (owner, said) == (Owner.BOT, 7)


def test_showing_who_one_is_and_opening_the_page_do_not_wait_in_a_ring(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        chat = make_chat(uow, key="the-browser")

    def open_page() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return conversations.open_or_resume(
                uow, channel=WEBCHAT, key="the-browser", language=Language.JAPANESE
            ).id

    with ThreadPoolExecutor(1) as pool, runtime.unit_of_work(SYSTEM) as uow:
        conversations.lock(uow, chat.id)
        opened = pool.submit(open_page)
        uow.session.execute(text("SELECT pg_sleep(0.2)"))
        uow.session.execute(text("SET LOCAL lock_timeout = '500ms'"))
        conversations.identify(uow, chat.id, shop.customer_id)
        uow.session.flush()
    assert opened.result(timeout=20) == chat.id
