"""What stands unread goes by the next way that was chosen: once, and not when it is over."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from notifications import preferences, privacy, told, unread, versions
from notifications.models import Notice
from notifications.rules import BY_TEMPLATE, PICKUP_REMINDER, RULES, Kind
from notifications.stops import Stops
from oms_service.conversations import service as talking
from oms_service.conversations.channels import MAIL, SMS, WEBCHAT
from oms_service.conversations.events import MessageFailed
from oms_service.conversations.states import DeliveryState
from oms_service.infra.privacy import Person
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.pickup import collecting
from oms_service.pickup.queries import PickupView
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.cases import make_chat
from tests.factories.pickups import place_for_pickup, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.integration.notifications.sms.house import NUMBER, Phones


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def reminded(
    phones: Phones,
    runtime: Runtime,
    clock: StandingClock,
    shop: Shop,
    request: pytest.FixtureRequest,
) -> PickupView:
    """Goods lie ready, their time is almost over, and their buyer was told so by short message."""
    phones.proves(shop.customer_id, only=(Kind.PICKUP,))
    with runtime.unit_of_work(SYSTEM) as uow:
        counter = stocked_counter(uow, shop)
        _placed, pickup = place_for_pickup(uow, shop, counter)
    with runtime.unit_of_work(staff(1)) as uow:
        ready = collecting.make_ready(uow, pickup.id)
    clock.advance(days=7)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert collecting.remind(uow) == 1
    settle(runtime)
    return ready


def sweep(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        seen = unread.go_further(
            uow, zone=runtime.settings.zone, stops=Stops("x" * 40, "https://shop.example")
        )
    settle(runtime)
    return seen


def reminder(phones: Phones) -> tuple[object, ...]:
    """By which ways it was told, and whether it is still to go further."""
    query = (
        "SELECT channel, further_channel, unread_at IS NOT NULL FROM notices"
        " WHERE template = 'pickup_reminder'"
    )
    (found,) = phones.rows(query)
    return found


def said(phones: Phones) -> list[object]:
    """The channels in which the reminder stands, in the order in which it was said."""
    query = (
        "SELECT c.channel FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " WHERE m.key LIKE 'notice:pickup_reminder%' ORDER BY m.id"
    )
    return [one for (one,) in phones.rows(query)]


def test_only_what_asks_its_reader_to_act_goes_further() -> None:
    urgent = {one.template: one.unread_h for one in RULES if one.unread_h}
    assert urgent == {"payment_due": 24, "pickup_reminder": 4, "case_waiting": 24}
    assert {BY_TEMPLATE[one].about for one in urgent} == set(unread.STILL)


def test_an_unread_reminder_goes_by_mail_once(
    phones: Phones, runtime: Runtime, clock: StandingClock, shop: Shop, reminded: PickupView
) -> None:
    assert reminder(phones) == (SMS, "", True)
    clock.advance(hours=3, minutes=59)
    assert sweep(runtime) == 0
    clock.advance(minutes=1)
    assert [sweep(runtime) for _ in range(3)] == [1, 0, 0]
    clock.advance(hours=5)
    assert sweep(runtime) == 0
    assert reminder(phones) == (SMS, MAIL, False)
    assert said(phones) == [SMS, MAIL]
    (letter,) = phones.rows(
        "SELECT m.id FROM notices n JOIN messages m ON m.id = n.further_message_id"
    )
    with runtime.database.looking() as session:
        why = runtime.becauses.of(session, [int(str(letter[0]))])
        assert letter[0] in runtime.becauses.of_order(session, reminded.order_id or 0)
    assert [one.order_id for one in why.values()] == [reminded.order_id]
    mail = phones.rows("SELECT text FROM messages WHERE id = :id", id=letter[0])[0][0]
    assert reminded.shown_code in str(mail)


@pytest.mark.parametrize(
    "how", ["inbox", "opened", "extended", "called off", "off", "never", "erased", "chat"]
)
def test_what_is_read_or_over_stays_where_it_is(
    phones: Phones,
    runtime: Runtime,
    clock: StandingClock,
    shop: Shop,
    reminded: PickupView,
    how: str,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        match how:
            case "inbox":
                told.read_all(uow, shop.customer_id)
            case "opened":
                notice = uow.session.query(Notice).filter_by(template="pickup_reminder").one()
                told.read_one(uow, notice.id, shop.customer_id)
            case "extended":
                collecting.extend(uow, reminded.id)
            case "called off":
                collecting.cancel(uow, reminded.id, reason="no_longer_needed")
            case "off" | "never":
                wanted = versions.Wanted(
                    is_on=how != "off",
                    urgency=PICKUP_REMINDER.urgency,
                    once_a_day=False,
                    quiet_from_h=21,
                    quiet_until_h=8,
                    unread_h=0 if how == "never" else 4,
                    texts={},
                )
                versions.change(uow, "pickup_reminder", wanted, version=0)
            case "erased":
                privacy.erase(uow, Person((shop.customer_id,)))
            case "chat":
                notice = uow.session.query(Notice).filter_by(template="pickup_reminder").one()
                assert notice.message_id
                thread = phones.rows(
                    "SELECT conversation_id, seq FROM messages WHERE id = :id", id=notice.message_id
                )[0]
                talking.mark(
                    uow, int(str(thread[0])), up_to=int(str(thread[1])), state=DeliveryState.READ
                )
    settle(runtime)
    clock.advance(hours=4)
    sweep(runtime)
    clock.advance(hours=6)
    sweep(runtime)
    assert reminder(phones) == (SMS, "", False)
    assert said(phones) == [SMS]


def test_at_night_it_waits_for_the_morning(
    phones: Phones, runtime: Runtime, clock: StandingClock, reminded: PickupView
) -> None:
    clock.set(datetime(2026, 11, 29, 12, 30, tzinfo=UTC))  # half past nine in the evening
    assert sweep(runtime) == 1
    (due,) = phones.rows("SELECT unread_at FROM notices WHERE template = 'pickup_reminder'")
    assert due == (datetime(2026, 11, 29, 23, 0, tzinfo=UTC),)
    assert said(phones) == [SMS]
    clock.set(datetime(2026, 11, 29, 23, 0, tzinfo=UTC))
    sweep(runtime)
    assert said(phones) == [SMS, MAIL]


def test_nothing_goes_by_a_way_that_nobody_asked_for(
    phones: Phones, runtime: Runtime, clock: StandingClock, shop: Shop, reminded: PickupView
) -> None:
    """Not even what everybody has to hear: it was told where they wanted it."""
    with runtime.unit_of_work(SYSTEM) as uow:
        wanted = {(Kind.PICKUP, MAIL): False, (Kind.PICKUP, WEBCHAT): False}
        preferences.choose(uow, shop.customer_id, wanted, source="portal")
    clock.advance(hours=4)
    sweep(runtime)
    assert reminder(phones) == (SMS, "", False)
    assert said(phones) == [SMS]


def test_where_the_second_way_fails_the_third_is_taken_and_none_twice(
    phones: Phones, runtime: Runtime, clock: StandingClock, shop: Shop, reminded: PickupView
) -> None:
    clock.advance(hours=4)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_chat(uow, customer_id=shop.customer_id)
    sweep(runtime)
    assert reminder(phones) == (SMS, MAIL, False)
    for _twice in range(2):
        ((letter, thread),) = phones.rows(
            "SELECT m.id, m.conversation_id FROM messages m"
            " JOIN conversations c ON c.id = m.conversation_id"
            " WHERE m.key LIKE 'notice:pickup_reminder%' AND c.channel = 'mail'"
        )
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.emit(
                MessageFailed(
                    conversation_id=int(str(thread)),
                    message_id=int(str(letter)),
                    why="5.1.1",
                    is_final=True,
                )
            )
        settle(runtime)
    assert reminder(phones) == (SMS, WEBCHAT, False)
    assert said(phones) == [SMS, MAIL, WEBCHAT]


def test_read_while_the_sweep_runs_it_is_said_once_or_not_at_all(
    phones: Phones, runtime: Runtime, clock: StandingClock, shop: Shop, reminded: PickupView
) -> None:
    clock.advance(hours=4)

    def read() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            told.read_all(uow, shop.customer_id)
        return 0

    def look() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return unread.go_further(uow, zone=runtime.settings.zone)

    looked = sum(at_once([look, read, look, read, look, look]))
    settle(runtime)
    assert sweep(runtime) == 0
    assert looked <= 1
    assert said(phones) == [SMS, MAIL][: 1 + looked]
    (row,) = phones.rows(
        "SELECT read_at IS NOT NULL, unread_at FROM notices WHERE template = 'pickup_reminder'"
    )
    assert row == (True, None)
    assert phones.got[-1][0] == NUMBER


def at_once(acts: Sequence[Callable[[], int]]) -> list[int]:
    start = Barrier(len(acts))

    def one(act: Callable[[], int]) -> int:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))
