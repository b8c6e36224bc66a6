"""What waited for the morning: one notice that breaks keeps no other from being told."""

from datetime import timedelta

from sqlalchemy import text

from notifications import due
from notifications.models import Notice
from notifications.states import NoticeState
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.cases import make_chat
from tests.factories.shop import make_customer
from tests.fakes.clock import StandingClock


def wait_to_tell(uow: UnitOfWork, customer: int, key: str, facts: dict[str, str]) -> None:
    uow.session.add(
        Notice(
            key=key,
            customer_id=customer,
            template="case_resolved",
            language=Language.JAPANESE,
            facts=facts,
            state=NoticeState.WAITING,
            at=uow.now,
            due_at=uow.now,
        )
    )
    uow.session.flush()


def test_a_notice_that_breaks_is_put_off_and_the_others_are_told(
    runtime: Runtime, clock: StandingClock
) -> None:
    zone = runtime.settings.zone
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
        make_chat(uow, customer_id=customer)
        wait_to_tell(uow, customer, "broken", {})
        facts = {"case_number": "C-1001", "link": "https://shop.example/case/x"}
        wait_to_tell(uow, customer, "sound", facts)
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            due.speak_due(uow, zone=zone)
    with runtime.database.reading() as connection:
        found = connection.execute(text("SELECT key, state, due_at FROM notices ORDER BY key"))
        broken, sound = found.all()
        said = connection.execute(text("SELECT count(*) FROM messages")).scalar()
    assert (broken.state, broken.due_at) == ("waiting", clock.now() + timedelta(hours=1))
    assert (sound.state, said) == ("spoken", 1)
