"""Colleagues' rights by page, and a colleague of one location: nothing of others is there."""

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import guard, permissions, sessions
from oms_service.access import queries as access
from oms_service.access import staff as colleagues
from oms_service.access.states import Role, ScopeKind, SessionKind
from oms_service.inventory import counting, purchasing, transfers
from oms_service.inventory.counting import NewCount
from oms_service.inventory.purchasing import NewPurchase
from oms_service.inventory.transfers import NewTransfer
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as staff_actor
from oms_service.kernel.errors import NotFound
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.web import csrf
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff, post, proof
from tests.factories.stock import make_location
from tests.factories.warehouse import fulfilment_of, furnish, start_list


@dataclass(frozen=True)
class Room:
    """Somebody of operations, and somebody of the warehouse to whom Osaka alone is given."""

    operations: int
    packer: int
    osaka: int
    numbers: dict[str, str]


@pytest.fixture
def room(runtime: Runtime) -> Room:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        osaka = make_location(uow, "osaka", region="大阪府")
        operations = make_staff(uow, Role.OPERATIONS, name="山本 操")
        packer = make_staff(uow, Role.WAREHOUSE, name="佐藤 健")
        tokyo = shop.location_id
        furnish(uow, shop)
        order = make_order(uow, shop)
    drain(runtime)
    with runtime.unit_of_work(staff_actor(operations.id)) as uow:
        walk = start_list(uow, shop)
        fulfilment = fulfilment_of(uow, order, tokyo)
        count = counting.start(
            uow, NewCount(location_id=tokyo, variant_ids=[shop.coffee_id], key="count")
        )
        nagoya = make_location(uow, "nagoya", region="愛知県")
        away = transfers.request(
            uow,
            NewTransfer(
                from_location_id=tokyo, to_location_id=nagoya, units={shop.coffee_id: 1}, key="away"
            ),
        )
        bought = purchasing.order(
            uow,
            NewPurchase(
                supplier="焙煎所",
                reference="",
                location_id=tokyo,
                expected_on=uow.now.date(),
                units={shop.coffee_id: 5},
                key="bought",
            ),
        )
        colleagues.limit(uow, packer.id, queues=[], locations=[osaka])
    numbers = {
        "counts": count.number,
        "transfers": away.number,
        "purchases": bought.number,
        "warehouse/fulfilments": fulfilment.number,
        "warehouse/lists": walk.number,
        "documents/pick-lists": walk.number,
    }
    return Room(operations.id, packer.id, osaka, numbers)


def browser(app: Flask, runtime: Runtime, staff_id: int) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(uow, SessionKind.STAFF, staff_id, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.STAFF], token)
    return client


def test_goods_of_another_location_are_as_what_never_was(
    app: Flask, runtime: Runtime, room: Room
) -> None:
    client = browser(app, runtime, room.packer)
    headers = {csrf.HEADER: proof(client, "/console/stock")}
    seen = 0
    for route in app.url_map.iter_rules():
        for start, number in room.numbers.items():
            if not route.rule.startswith(f"/console/{start}/<number>"):
                continue
            for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
                rule = guard.rule_of(app, route.endpoint, method)
                if rule is None or not permissions.may([Role.WAREHOUSE], rule.permission):
                    continue
                statuses = [
                    client.open(
                        route.rule.replace("<number>", one), method=method, headers=headers
                    ).status_code
                    for one in (number, "X-99999")
                ]
                assert statuses == [404, 404], (method, route.rule)
                seen += 1
    assert seen >= 15


@pytest.mark.parametrize("path", ["counts", "transfers", "purchases", "stock", "warehouse"])
def test_lists_and_choices_are_of_their_locations_alone(
    app: Flask, runtime: Runtime, room: Room, path: str
) -> None:
    page = browser(app, runtime, room.packer).get(f"/console/{path}?view=all&lang=en")
    if page.status_code == 404:  # the board has no such view
        page = browser(app, runtime, room.packer).get(f"/console/{path}?lang=en")
    assert page.status_code == 200
    assert "tokyo warehouse" not in page.text
    assert [one for one in room.numbers.values() if one in page.text] == []
    every = browser(app, runtime, room.operations).get(f"/console/{path}?view=all&lang=en")
    assert every.status_code in {200, 404}


def test_they_begin_nothing_elsewhere_either(app: Flask, runtime: Runtime, room: Room) -> None:
    client = browser(app, runtime, room.packer)
    started = post(client, "/console/counts/new", {"location": "tokyo", "key": "elsewhere"})
    assert started.status_code == 422
    moved = {"at": "tokyo", "action": "adjust", "quantity": "3", "key": "elsewhere"}
    assert post(client, "/console/stock/COFFEE/move", moved).status_code == 404
    asked = {"from_location": "tokyo", "to_location": "nagoya", "code-0": "COFFEE", "key": "e"}
    assert post(client, "/console/transfers/new", asked).status_code in {404, 422}
    place = {"location": "1"}
    assert post(client, "/console/warehouse/place", place).status_code == 404


def test_rights_are_given_by_page_and_it_is_written_down_by_whom(
    app: Flask, runtime: Runtime, room: Room
) -> None:
    client = browser(app, runtime, room.operations)
    path = f"/console/staff/{room.packer}"
    assert "佐藤 健" in client.get("/console/staff").text
    with runtime.database.reading() as connection:
        queue = min(runtime.scopes[ScopeKind.QUEUE](connection))
    rights = {"role": ["shop", "warehouse"], "queue": [str(queue)], "location": []}
    assert post(client, path, rights).status_code == 303
    assert post(client, path, rights).status_code == 303
    with runtime.database.reading() as connection:
        found = access.staff_by_id(connection, room.packer)
        changes = access.changes_of(connection, room.packer)
    assert found.roles == {Role.SHOP, Role.WAREHOUSE}
    assert (set(found.queues), set(found.locations)) == ({queue}, set())
    assert [(one.by, dict(one.data)) for one in changes[:2]] == [
        (
            f"staff:{room.operations}",
            {
                "queue": {"was": [], "is": [queue]},
                "location": {"was": [room.osaka], "is": []},
            },
        ),
        (
            f"staff:{room.operations}",
            {"roles": {"was": ["warehouse"], "is": ["shop", "warehouse"]}},
        ),
    ]
    assert len(changes) == 3
    shown = client.get(f"{path}?lang=en").text
    assert "osaka warehouse" in shown
    assert "山本 操" in shown


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ({"role": []}, "Choose at least one role."),
        ({"role": ["agent"], "queue": ["999"]}, "One of these queues is not there any more."),
        ({"role": ["agent"], "location": ["x"]}, "One of these locations is not there any more."),
        ({"role": ["customer", "owner"]}, "Choose at least one role."),
    ],
)
def test_rights_that_cannot_be_are_refused_and_nothing_changes(
    app: Flask, runtime: Runtime, room: Room, rights: dict[str, list[str]], words: str
) -> None:
    client = browser(app, runtime, room.operations)
    answer = post(client, f"/console/staff/{room.packer}?lang=en", rights)
    assert answer.status_code == 422
    assert words in answer.text
    with runtime.database.reading() as connection:
        found = access.staff_by_id(connection, room.packer)
        assert len(access.changes_of(connection, room.packer)) == 1
    assert (set(found.roles), set(found.locations)) == ({Role.WAREHOUSE}, {room.osaka})


def test_nobody_changes_their_own_rights_and_unknown_people_are_not_there(
    app: Flask, runtime: Runtime, room: Room
) -> None:
    client = browser(app, runtime, room.operations)
    own = post(client, f"/console/staff/{room.operations}", {"role": ["auditor"]})
    assert own.status_code == 303
    with runtime.database.reading() as connection:
        assert access.staff_by_id(connection, room.operations).roles == {Role.OPERATIONS}
    assert client.get("/console/staff/999999").status_code == 404
    assert post(client, "/console/staff/999999", {"role": ["agent"]}).status_code == 404
    with runtime.unit_of_work(SYSTEM) as uow, pytest.raises(NotFound):
        colleagues.limit(uow, 999999, queues=[], locations=[])
