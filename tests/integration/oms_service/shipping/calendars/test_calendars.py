"""Calendars as stored, and what every process makes of them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import places
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import in_both
from oms_service.runtime import Runtime
from oms_service.shipping import services
from oms_service.shipping.areas import Area
from oms_service.shipping.calendars import queries, service
from oms_service.shipping.calendars.days import OWN, Calendars
from oms_service.shipping.calendars.service import (
    CalendarChanged,
    NewCarrierCalendar,
    NewCarrierWeek,
    NewHoliday,
    NewWindow,
    NewWorkingDays,
)
from oms_service.shipping.services import NewService, ServiceView
from tests.factories.stock import make_location

TOKYO = ZoneInfo("Asia/Tokyo")
FRIDAY = datetime(2026, 11, 20, 0, tzinfo=UTC)
CLOSED_ON_SUNDAYS = NewWorkingDays(
    cut_offs=(900,) * 6 + (None,),
    handling_days=1,
    collection_minute=17 * 60,
    keeps_holidays=True,
    exceptions={date(2026, 11, 24): None},
)
EVERY_DAY = NewCarrierWeek(
    pickups=(True,) * 7,
    deliveries=(True,) * 7,
    picks_up_on_holidays=True,
    delivers_on_holidays=True,
)


def now(runtime: Runtime) -> Calendars:
    with runtime.database.reading() as connection:
        return queries.calendars(connection, TOKYO)


def make_place(runtime: Runtime, code: str = "tokyo") -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_location(uow, code)


def test_a_location_of_which_nothing_is_said_works_daily_by_its_cut_off(runtime: Runtime) -> None:
    place = make_place(runtime)
    found = now(runtime)
    sent = found.next_hand_over(FRIDAY, location_id=place, carrier="yamato")
    assert sent == datetime(2026, 11, 20, 8, tzinfo=UTC)
    late = found.next_hand_over(
        datetime(2026, 11, 20, 5, tzinfo=UTC), location_id=place, carrier="yamato"
    )
    assert late == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_what_is_said_of_a_location_holds_at_once_in_every_process(runtime: Runtime) -> None:
    place = make_place(runtime)
    before = now(runtime)
    assert now(runtime) is before
    with runtime.unit_of_work(SYSTEM) as uow:
        view = service.set_location(uow, place, CLOSED_ON_SUNDAYS, version=0)
    assert view.version == 1
    after = now(runtime)
    assert after != before
    assert now(runtime) is after
    sent = after.next_hand_over(FRIDAY, location_id=place, carrier="yamato")
    assert sent == datetime(2026, 11, 21, 8, tzinfo=UTC)
    late = after.next_hand_over(
        datetime(2026, 11, 20, 6, tzinfo=UTC), location_id=place, carrier="yamato"
    )
    assert late == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_new_location_is_known_at_once(runtime: Runtime) -> None:
    make_place(runtime)
    before = now(runtime)
    osaka = make_place(runtime, "osaka")
    assert osaka not in before.locations
    assert osaka in now(runtime).locations


def test_an_older_version_changes_nothing(runtime: Runtime) -> None:
    place = make_place(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.set_location(uow, place, CLOSED_ON_SUNDAYS, version=0)
    before = now(runtime)
    with pytest.raises(CalendarChanged), runtime.unit_of_work(SYSTEM) as uow:
        service.set_location(uow, place, CLOSED_ON_SUNDAYS, version=0)
    assert now(runtime) is before


def _say_and_fail(uow: UnitOfWork, place: int) -> None:
    service.set_location(uow, place, CLOSED_ON_SUNDAYS, version=0)
    assert queries.calendars(uow.session, TOKYO).locations[place].handling_days == 1
    raise RuntimeError


def test_a_change_that_is_taken_back_leaves_nothing_behind(runtime: Runtime) -> None:
    place = make_place(runtime)
    before = now(runtime)
    with pytest.raises(RuntimeError), runtime.unit_of_work(SYSTEM) as uow:
        _say_and_fail(uow, place)
    assert now(runtime) == before
    with runtime.unit_of_work(SYSTEM) as uow:
        assert queries.calendars(uow.session, TOKYO).locations[place].handling_days == 0


def test_a_location_that_is_not_there_has_no_calendar(runtime: Runtime) -> None:
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        service.set_location(uow, 99, CLOSED_ON_SUNDAYS, version=0)


WRONG_DAYS = (
    ({"cut_offs": (900,) * 6}, "cut_offs"),
    ({"cut_offs": (1441,) + (900,) * 6}, "cut_offs[0]"),
    ({"handling_days": 61}, "handling_days"),
    ({"collection_minute": 1440}, "collection_minute"),
    ({"exceptions": {date(2026, 11, 24): -1}}, "exceptions.2026-11-24"),
    ({"exceptions": {date(1999, 1, 1): None}}, "exceptions.1999-01-01"),
)


@pytest.mark.parametrize(("wrong", "name"), WRONG_DAYS, ids=[name for _, name in WRONG_DAYS])
def test_wrong_days_of_a_location_are_named(wrong: dict[str, object], name: str) -> None:
    with pytest.raises(Invalid) as caught:
        service._check_location(NewWorkingDays(**vars(CLOSED_ON_SUNDAYS) | wrong))
    assert set(caught.value.fields) == {name}


def test_a_carrier_has_its_own_days_by_prefecture_and_its_own_windows(runtime: Runtime) -> None:
    weekdays = NewCarrierWeek(
        pickups=(True,) * 5 + (False,) * 2,
        deliveries=(True,) * 5 + (False,) * 2,
        picks_up_on_holidays=False,
        delivers_on_holidays=False,
        exceptions={date(2026, 11, 21): (True, True)},
    )
    new = NewCarrierCalendar(
        by_region={"": EVERY_DAY, "沖縄県": weekdays},
        windows=(
            NewWindow(code="pm", start=time(13), until=time(18), words=in_both("13–18")),
            NewWindow(code="am", start=time(9), until=time(12), words=in_both("9–12")),
        ),
        without=("letter",),
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        assert service.set_carrier(uow, "local", new, version=0).version == 1
    found = now(runtime)
    saturday = date(2026, 11, 21)
    assert found.next_delivery("local", date(2026, 11, 22)) == date(2026, 11, 22)
    assert found.next_delivery("local", saturday, region="沖縄県") == saturday
    assert found.next_delivery("local", date(2026, 11, 22), region="沖縄県") == date(2026, 11, 24)
    assert [one.code for one in found.windows("local")] == ["am", "pm"]
    assert found.windows("local", "letter") == ()
    assert len(found.windows("yamato")) == 5
    with runtime.unit_of_work(SYSTEM) as uow:
        service.set_carrier(
            uow, "local", NewCarrierCalendar(by_region={"": EVERY_DAY}, windows=()), version=1
        )
    assert now(runtime).windows("local") == ()
    assert now(runtime).delivers("local", date(2026, 11, 22), region="沖縄県")


def test_wrong_days_of_a_carrier_are_named_and_change_nothing(runtime: Runtime) -> None:
    never = NewCarrierWeek(
        pickups=(False,) * 7,
        deliveries=(True,) * 7,
        picks_up_on_holidays=True,
        delivers_on_holidays=True,
    )
    window = NewWindow(code="am", start=time(12), until=time(9), words={"ja": "午前", "en": ""})
    new = NewCarrierCalendar(by_region={"沖縄県": never}, windows=(window,), without=("\0",))
    before = now(runtime)
    with pytest.raises(Invalid) as caught, runtime.unit_of_work(SYSTEM) as uow:
        service.set_carrier(uow, "a b", new, version=0)
    assert set(caught.value.fields) == {
        "carrier",
        "everywhere",
        "regions.沖縄県.pickups",
        "windows[0].until",
        "windows[0].en",
        "without",
    }
    assert now(runtime) is before


def test_holidays_are_added_taken_away_and_forgotten(runtime: Runtime) -> None:
    first = date(2026, 11, 23)
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(2):
            service.set_holiday(
                uow, "JP", NewHoliday(day=first, name=in_both("no"), is_holiday=False)
            )
        service.set_holiday(uow, OWN, NewHoliday(day=date(2026, 12, 31), name=in_both("stock")))
    assert not now(runtime).is_holiday(first)
    assert not now(runtime).works(None, date(2026, 12, 31))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert service.forget_holiday(uow, "JP", first)
        assert not service.forget_holiday(uow, "JP", first)
    assert now(runtime).is_holiday(first)
    wrong = NewHoliday(day=date(2101, 1, 1), name={"ja": "\0", "en": "x" * 81})
    with pytest.raises(Invalid) as caught, runtime.unit_of_work(SYSTEM) as uow:
        service.set_holiday(uow, "jp", wrong)
    assert set(caught.value.fields) == {"day", "name.ja", "name.en", "country"}


def test_remote_areas_are_one_truth_for_prices_and_days(runtime: Runtime) -> None:
    new = NewService(
        carrier="yamato",
        service="takkyubin",
        name=in_both("TA-Q-BIN"),
        currency="JPY",
        max_weight_g=30_000,
        rates={"steps": [{"up_to_g": 30_000, "by_distance": [900]}]},
        remote={"areas": [{"places": ["sado"], "surcharge_minor": 500}]},
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        service_id = services.offer_service(uow, new)
    assert now(runtime).extra_days("yamato", postal_code="952-1555") == 1
    sado = Area("sado", in_both("Sado"), "新潟県", ("952",), 3)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert service.set_area(uow, sado, version=0).is_own
        (known,) = services.in_use(uow.session)
    assert known.remote[0].postal_prefixes == ("952",)
    assert known.areas["952"].extra_days == 3
    assert now(runtime).extra_days("yamato", postal_code="952-1555") == 3
    with runtime.unit_of_work(SYSTEM) as uow:
        view: ServiceView = services.service_by_id(uow.session, service_id)
        own = {"areas": [{"places": ["sado"], "extra_days": 4, "surcharge_minor": 500}]}
        services.change_service(
            uow, service_id, NewService(**vars(new) | {"remote": own}), version=view.version
        )
    assert now(runtime).extra_days("yamato", postal_code="952-1555") == 4


def test_an_area_takes_no_prefix_of_another(runtime: Runtime) -> None:
    wrong = Area("mine", in_both("Mine"), "新潟県", ("952",), 1)
    with pytest.raises(Invalid) as caught, runtime.unit_of_work(SYSTEM) as uow:
        service.set_area(uow, wrong, version=0)
    assert set(caught.value.fields) == {"postal_prefixes"}
    with pytest.raises(Invalid) as caught, runtime.unit_of_work(SYSTEM) as uow:
        service.set_area(uow, Area("m m", {}, "\0", ("x",), 99), version=0)
    assert set(caught.value.fields) == {
        "code",
        "name.ja",
        "name.en",
        "region",
        "postal_prefixes",
        "extra_days",
    }


def test_asking_again_reads_two_small_rows(runtime: Runtime) -> None:
    place = make_place(runtime)
    with runtime.database.looking() as session:
        first = queries.calendars(session, TOKYO)
        assert queries.calendars(session, TOKYO) is first
        assert queries.calendars(session, ZoneInfo("UTC")).zone == ZoneInfo("UTC")
        assert {one.id for one in places.sending_places(session)} == {place}
