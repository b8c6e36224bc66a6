"""Many at once: one tag is one row and is on once, and two cases never become one matter."""

from cases import queries as cases
from cases.opening import open_case
from cases.states import EntryKind
from cases.taxonomy import matters, queries, sorting, tags
from cases.taxonomy.sorting import AnotherOpen, Sorting
from cases.views import CaseView
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.concurrency.test_orders import at_once, refusals, shop_with
from tests.factories.cases import make_case
from tests.factories.orders import make_order

THREADS = 16


def an_order(runtime: Runtime) -> int:
    shop = shop_with(runtime, 100)
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_order(uow, shop).id


def test_a_tag_put_on_in_many_threads_is_on_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [make_case(uow).id for _ in range(2)]

    def put(number: int) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            tags.put(uow, made[number % 2], "急ぎ" if number % 4 < 2 else "急ギ")

    assert refusals(at_once(THREADS, put)) == []
    with runtime.database.looking() as session:
        assert [(one.cases, one.open_cases) for one in queries.tags(session)] == [(2, 2)]
        for case_id in made:
            told = [one for one in cases.entries(session, case_id) if one.kind is EntryKind.EDITED]
            assert len(told) == 1


def test_a_tag_that_is_merged_away_meanwhile_is_lost_on_no_case(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [make_case(uow).id for _ in range(THREADS)]
        for case_id in made[:8]:  # some have it already, one of them both
            tags.put(uow, case_id, "old")
        tags.put(uow, made[0], "new")
        ids = {one.name: one.id for one in queries.tags(uow.session)}

    def put(number: int) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            if number % 4 == 1:
                tags.merge(uow, ids["old"], into=ids["new"])
            else:
                tags.put(uow, made[number], "old")

    assert set(refusals(at_once(THREADS, put))) <= {NotFound}
    with runtime.database.looking() as session:
        has = queries.tags_of(session, made)
    assert all(
        {one.name for one in has[case_id]} <= {"old", "new"}
        for number, case_id in enumerate(made)
        if number % 4 != 1
    )
    assert sum(1 for number, one in enumerate(made) if number % 4 != 1 and has.get(one)) == 12


def test_one_order_and_reason_stay_one_open_case(runtime: Runtime) -> None:
    order_id = an_order(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [make_case(uow, reason=one, order_id=order_id) for one in ("other", "question")]

    def become(number: int) -> CaseView:
        with runtime.unit_of_work(SYSTEM) as uow:
            if number % 3 == 2:
                return open_case(
                    uow,
                    reason="cancel",
                    language=Language.JAPANESE,
                    channel="webchat",
                    order_id=order_id,
                )
            return sorting.sort(uow, made[number % 3].id, Sorting(reason="cancel"))

    assert set(refusals(at_once(THREADS, become))) <= {AnotherOpen}
    with runtime.database.looking() as session:
        found = cases.newest(session, order_id=order_id).items
    assert len([one for one in found if one.reason == "cancel"]) == 1


def test_a_further_order_comes_to_a_case_once(runtime: Runtime) -> None:
    order_id = an_order(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)

    def add(number: int) -> CaseView:
        del number
        with runtime.unit_of_work(SYSTEM) as uow:
            return matters.add_order(uow, case.id, order_id)

    assert refusals(at_once(THREADS, add)) == []
    with runtime.database.looking() as session:
        (found,) = queries.orders_of(session, case.id)
        assert (found.order.id, found.is_main) == (order_id, True)
        told = [one for one in cases.entries(session, case.id) if one.kind is EntryKind.EDITED]
    assert len(told) == 1
