"""Learning from the shop's own deliveries: kept once, used at once, refused when it is worse."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook.learning import Learned, Learning
from oms_service.runtime import Runtime
from oms_service.shipping import queries as parcels
from oms_service.shipping.arrivals import queries
from oms_service.shipping.arrivals import service as arrivals
from oms_service.shipping.arrivals.fitted import NOTHING, Fitted
from oms_service.shipping.arrivals.service import KEPT, Outcome
from tests.effects import settle
from tests.factories.deliveries import make_deliveries
from tests.factories.orders import MadeOrder, make_shipped_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shipped_order(uow, shop)


def learn(runtime: Runtime, *, anyway: bool = False) -> Learned:
    learning = Learning(runtime.settings.zone, runtime.clock, runtime.database)
    return learning.learn(lambda: runtime.unit_of_work(SYSTEM), anyway=anyway)


def in_use(runtime: Runtime) -> Fitted:
    with runtime.database.reading() as connection:
        return queries.current(connection)


def count(runtime: Runtime, table: str) -> int:
    with runtime.database.reading() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608 - ours


def deliveries(runtime: Runtime, order: MadeOrder, **of: object) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_deliveries(uow, order, **{"days": 60, "a_day": 4, **of})  # type: ignore[arg-type]


def spoil(runtime: Runtime) -> None:
    """Say of all but the last month that it took twenty days longer."""
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text(
                "UPDATE parcels SET handed_over_at = handed_over_at - interval '20 days'"
                " WHERE delivered_at < :before"
            ),
            {"before": uow.now - timedelta(days=36)},
        )


def test_without_a_delivery_there_is_nothing_to_learn(runtime: Runtime, order: MadeOrder) -> None:
    assert learn(runtime) == Learned(Outcome.NOTHING_TO_LEARN, None)
    assert in_use(runtime) is NOTHING


def test_what_was_learned_is_used_from_the_next_parcel_on(
    runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    deliveries(runtime, order, took_days=(3,), destination="東京都")
    learned = learn(runtime)
    assert learned.outcome is Outcome.ACTIVATED
    assert learned.model is not None
    assert (learned.model.version, learned.model.journeys) == (1, 241)
    assert in_use(runtime).version == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        new = make_shipped_order(uow, shop)
    with runtime.database.reading() as connection:
        (found,) = parcels.parcels_of(connection, [new.id])
    assert found.estimate_reason == "history"
    assert found.because is not None
    assert found.because.usual_days == (3, 3)
    assert found.handed_over_at is not None
    noon_of_the_third_day = found.handed_over_at + timedelta(days=3, hours=2)
    assert found.estimated_at == noon_of_the_third_day


def test_the_same_deliveries_are_learned_once_even_by_many_at_once(
    runtime: Runtime, order: MadeOrder
) -> None:
    deliveries(runtime, order)
    outcomes: list[Outcome] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(learn(runtime).outcome)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) <= {Outcome.ACTIVATED, Outcome.UNCHANGED}
    assert count(runtime, "eta_models") == 1
    assert learn(runtime).outcome is Outcome.UNCHANGED


def test_a_model_that_is_clearly_worse_is_kept_and_not_used_unless_wanted(
    runtime: Runtime, order: MadeOrder
) -> None:
    deliveries(runtime, order, days=90)
    good = learn(runtime)
    spoil(runtime)
    bad = learn(runtime)
    assert (good.outcome, bad.outcome) == (Outcome.ACTIVATED, Outcome.WORSE)
    assert bad.model is not None
    assert (bad.model.is_active, bad.model.refusal) == (False, "worse_than_current")
    assert in_use(runtime).version == 1
    wanted = learn(runtime, anyway=True)
    assert wanted.outcome is Outcome.ACTIVATED
    assert in_use(runtime).version == bad.model.version


def test_old_models_go_and_the_one_in_use_stays(runtime: Runtime, order: MadeOrder) -> None:
    deliveries(runtime, order, days=90)
    learn(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text(
                "INSERT INTO eta_models"
                " (digest, fitted_at, journeys, figures, data, is_active, refusal)"
                " SELECT lpad(n::text, 64, '0'), now(), 0, '{}', '', false, 'worse_than_current'"
                " FROM generate_series(1, 20) n"
            )
        )
    spoil(runtime)
    assert learn(runtime).outcome is Outcome.WORSE
    assert in_use(runtime).version == 1
    assert count(runtime, "eta_models") == KEPT + 1


def test_it_is_asked_for_once_a_night_and_done_by_a_worker(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    deliveries(runtime, order)
    ask = arrivals.ask_nightly(runtime.settings.zone)

    def asked() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return ask(uow)

    local = clock.now().astimezone(runtime.settings.zone)
    clock.advance(hours=(26 - local.hour) % 24)
    assert asked() == 0  # at two in the morning
    clock.advance(hours=1)
    assert [asked(), asked()] == [1, 0]
    settle(runtime)
    assert in_use(runtime).version == 1
    with runtime.database.reading() as connection:
        query = text("SELECT outcome, version, finished_at IS NOT NULL FROM eta_fits")
        assert connection.execute(query).one() == ("activated", 1, True)
    clock.advance(hours=24)
    assert asked() == 1
