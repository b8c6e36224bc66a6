"""A small shop of our own and its written policy: what it forbids is refused, the rest comes true.

Each case is told to the simulator, which knows only the policy, and to the product; both shops
must be alike afterwards, and the product must refuse exactly what the policy forbids.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from oms_service.embedded.valkey import Valkey
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from tests.acceptance import retail_reading, retail_state, retail_tasks
from tests.acceptance.retail_services import Services
from tests.acceptance.retail_simulator import Refused, Simulator
from tests.acceptance.small_shop import (
    ASH,
    AWAY,
    BY_CARD,
    BY_GIFT,
    CANCELLED,
    CARD,
    DELIVERED,
    EMPTY,
    MINT,
    NINA,
    OAK,
    OTHER_CARD,
    PAIR,
    PAYPAL,
    PINE,
    POOR,
    PROCESSED,
    RICH,
    SAND,
    TEAK,
    TOMS,
    TOMS_CARD,
    TWICE,
    small_shop,
)
from tests.services import Databases

Action = tuple[str, dict[str, Any]]
NOWHERE = "#T9999999"
NEITHER_PENDING = (PROCESSED, DELIVERED, CANCELLED, PAIR, NOWHERE)
NOT_DELIVERED = (BY_CARD, BY_GIFT, PROCESSED, CANCELLED, NOWHERE)


def cancel(order: str, reason: str = "no longer needed") -> Action:
    return "cancel_pending_order", {"order_id": order, "reason": reason}


def move(order: str) -> Action:
    return "modify_pending_order_address", {"order_id": order, **AWAY}


def pay(order: str, method: str) -> Action:
    return "modify_pending_order_payment", {"order_id": order, "payment_method_id": method}


def _pairs(order: str, items: list[str], new: list[str], method: str) -> dict[str, Any]:
    return {
        "order_id": order,
        "item_ids": items,
        "new_item_ids": new,
        "payment_method_id": method,
    }


def swap(order: str, items: list[str], new: list[str], method: str = CARD) -> Action:
    return "modify_pending_order_items", _pairs(order, items, new, method)


def exchange(order: str, items: list[str], new: list[str], method: str = CARD) -> Action:
    return "exchange_delivered_order_items", _pairs(order, items, new, method)


def send_back(order: str, items: list[str], method: str = CARD) -> Action:
    given = {"order_id": order, "item_ids": items, "payment_method_id": method}
    return "return_delivered_order_items", given


#: What each rule of the policy forbids.
FORBIDDEN: dict[str, list[Action]] = {
    "only a pending order is cancelled": [cancel(order) for order in NEITHER_PENDING],
    "only two reasons cancel": [
        cancel(BY_CARD, reason)
        for reason in ("changed my mind", "too expensive", "found cheaper", "damaged", "")
    ],
    "only a pending order goes elsewhere": [move(order) for order in NEITHER_PENDING],
    "only a pending order is paid otherwise": [pay(order, PAYPAL) for order in NEITHER_PENDING],
    "another method is not the original one, and the customer's": [
        pay(BY_CARD, CARD),
        pay(BY_GIFT, RICH),
        pay(TWICE, PAYPAL),
        pay(TOMS, TOMS_CARD),
        pay(TOMS, CARD),
        pay(BY_CARD, TOMS_CARD),
        pay(BY_CARD, "paypal_99"),
    ],
    "a gift card covers the whole amount": [
        pay(BY_CARD, POOR),
        pay(BY_CARD, EMPTY),
        pay(BY_GIFT, POOR),
        pay(BY_GIFT, EMPTY),
        pay(TWICE, POOR),
        pay(TWICE, EMPTY),
    ],
    "only a pending order's items are modified": [
        swap(PROCESSED, [ASH], [OAK]),
        swap(DELIVERED, [OAK], [ASH]),
        swap(CANCELLED, [MINT], [SAND]),
        swap(PAIR, [ASH], [OAK]),
        swap(NOWHERE, [ASH], [OAK]),
    ],
    "an item becomes one of the same product": [
        swap(BY_CARD, [ASH], [MINT]),
        swap(BY_CARD, [MINT], [OAK]),
        swap(BY_CARD, [ASH, MINT], [OAK, PINE]),
        swap(BY_GIFT, [OAK], [SAND]),
        swap(TWICE, [ASH, ASH], [OAK, SAND]),
        swap(BY_CARD, [ASH], ["6999999999"]),
    ],
    "the new item is available": [
        swap(BY_CARD, [ASH], [TEAK]),
        swap(BY_CARD, [ASH, MINT], [TEAK, SAND]),
        swap(BY_GIFT, [OAK], [TEAK]),
        swap(TWICE, [ASH], [TEAK]),
        swap(TWICE, [ASH, ASH], [OAK, TEAK]),
    ],
    "the new item is of different options": [
        swap(BY_CARD, [ASH], [ASH]),
        swap(BY_CARD, [MINT], [MINT]),
        swap(BY_CARD, [ASH, MINT], [OAK, MINT]),
        swap(BY_GIFT, [OAK], [OAK]),
        swap(TWICE, [ASH, ASH], [OAK, ASH]),
    ],
    "the items are in the order, each with one in its place": [
        swap(BY_CARD, [OAK], [ASH]),
        swap(BY_CARD, [ASH, ASH], [OAK, PINE]),
        swap(BY_CARD, [ASH], [OAK, PINE]),
        swap(BY_CARD, [], []),
        swap(TWICE, [ASH, ASH, ASH], [OAK, OAK, OAK]),
    ],
    "a gift card covers the difference of a modification": [
        swap(BY_CARD, [ASH], [OAK], EMPTY),
        swap(TWICE, [ASH], [OAK], EMPTY),
        swap(TWICE, [ASH, ASH], [OAK, OAK], POOR),
        swap(TWICE, [ASH, ASH], [OAK, OAK], EMPTY),
        swap(BY_CARD, [ASH], [OAK], TOMS_CARD),
        swap(TOMS, [ASH], [OAK], RICH),
    ],
    "only a delivered order is returned": [
        send_back(order, [ASH]) for order in (*NOT_DELIVERED, TOMS)
    ],
    "the money goes back the way it came, or to a gift card": [
        send_back(DELIVERED, [OAK], PAYPAL),
        send_back(DELIVERED, [OAK], OTHER_CARD),
        send_back(DELIVERED, [OAK], TOMS_CARD),
        send_back(DELIVERED, [OAK], "gift_card_99"),
        send_back(PAIR, [ASH], CARD),
        send_back(PAIR, [ASH], PAYPAL),
    ],
    "what is returned is in the order": [
        send_back(DELIVERED, [ASH]),
        send_back(DELIVERED, [OAK, OAK]),
        send_back(DELIVERED, []),
        send_back(PAIR, [ASH, ASH, ASH], RICH),
        send_back(PAIR, [ASH, MINT], RICH),
    ],
    "only a delivered order is exchanged": [
        exchange(order, [ASH], [OAK]) for order in (*NOT_DELIVERED, TOMS)
    ],
    "an item is exchanged for one of the same product": [
        exchange(DELIVERED, [OAK], [MINT]),
        exchange(DELIVERED, [MINT], [ASH]),
        exchange(DELIVERED, [OAK, MINT], [ASH, ASH]),
        exchange(PAIR, [ASH], [SAND]),
        exchange(PAIR, [SAND], ["6999999999"]),
    ],
    "what is wanted in exchange is available and different": [
        exchange(DELIVERED, [OAK], [TEAK]),
        exchange(DELIVERED, [OAK], [OAK]),
        exchange(DELIVERED, [OAK, MINT], [ASH, MINT]),
        exchange(PAIR, [ASH], [TEAK]),
        exchange(PAIR, [ASH, ASH], [OAK, ASH]),
        exchange(PAIR, [ASH, ASH, ASH], [OAK, OAK, OAK]),
    ],
    "a gift card covers the difference of an exchange": [
        exchange(PAIR, [ASH], [OAK], EMPTY),
        exchange(PAIR, [ASH, ASH], [OAK, OAK], POOR),
        exchange(PAIR, [ASH, ASH], [OAK, OAK], EMPTY),
        exchange(PAIR, [SAND], [MINT], EMPTY),
        exchange(PAIR, [ASH], [OAK], TOMS_CARD),
    ],
}

#: What happens one after another in one shop, and how many of them the policy refuses.
IN_TURN: dict[str, tuple[int, list[Action]]] = {
    "items change once, and then nothing more": (
        10,
        [
            move(BY_CARD),
            swap(BY_CARD, [ASH, MINT], [OAK, SAND]),
            swap(BY_CARD, [OAK], [PINE]),
            cancel(BY_CARD),
            cancel(BY_CARD, "ordered by mistake"),
            move(BY_CARD),
            pay(BY_CARD, PAYPAL),
            send_back(BY_CARD, [OAK]),
            swap(TWICE, [ASH], [OAK], PAYPAL),
            swap(TWICE, [ASH], [OAK], PAYPAL),
            swap(BY_GIFT, [OAK], [PINE], EMPTY),
            send_back(DELIVERED, [OAK, MINT], RICH),
            send_back(DELIVERED, [OAK]),
            exchange(DELIVERED, [OAK], [ASH]),
            cancel(DELIVERED),
            ("modify_user_address", {"user_id": NINA, **AWAY}),
            ("modify_user_address", {"user_id": NINA, **AWAY, "address2": "Flat 9"}),
            ("get_order_details", {"order_id": TWICE}),
            ("transfer_to_human_agents", {"summary": "asked for a person"}),
        ],
    ),
    "a gift card that is enough pays the whole, once": (
        7,
        [
            pay(BY_CARD, RICH),
            pay(BY_CARD, PAYPAL),
            pay(BY_CARD, CARD),
            pay(BY_GIFT, PAYPAL),
            cancel(BY_CARD),
            cancel(BY_GIFT, "ordered by mistake"),
            pay(BY_GIFT, CARD),
            pay(TWICE, CARD),
            swap(TWICE, [ASH, ASH], [OAK, PINE], RICH),
            exchange(DELIVERED, [OAK, MINT], [ASH, SAND], PAYPAL),
            exchange(DELIVERED, [OAK], [PINE]),
            send_back(DELIVERED, [OAK]),
            exchange(PAIR, [ASH, ASH], [OAK, PINE], POOR),
            send_back(PAIR, [SAND], RICH),
            exchange(PAIR, [SAND], [MINT], RICH),
        ],
    ),
    "a gift card that holds just the difference pays it": (
        3,
        [
            swap(BY_CARD, [ASH], [OAK], POOR),
            swap(TWICE, [ASH], [PINE], RICH),
            swap(TOMS, [ASH], [OAK], TOMS_CARD),
            cancel(BY_GIFT),
            send_back(PAIR, [ASH, SAND], RICH),
            send_back(PAIR, [ASH], POOR),
            exchange(PAIR, [ASH], [OAK], RICH),
            pay(TOMS, TOMS_CARD),
        ],
    ),
}


@pytest.fixture(scope="module")
def shop(
    databases: Databases,
    template_database: str,
    session_valkey: Valkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Runtime]:
    """One loaded shop for all cases that must change nothing."""
    folder = tmp_path_factory.mktemp("retail")
    with databases.a_clone() as url, retail_tasks.a_house(url, session_valkey.url, folder) as made:
        runtime = held_by(made)
        retail_tasks.fill(runtime, small_shop())
        yield runtime


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_what_the_policy_forbids_is_refused_and_changes_nothing(shop: Runtime, rule: str) -> None:
    cases = FORBIDDEN[rule]
    assert len(cases) >= 5
    simulator, services = Simulator(small_shop()), Services(shop, rule)
    for name, arguments in cases:
        with pytest.raises(Refused):
            simulator.do(name, arguments)
        assert services.do(name, arguments), (name, arguments)
    with shop.database.reading() as connection:
        assert (
            list(retail_state.differences(simulator.state(), retail_reading.read(connection))) == []
        )
        assert retail_reading.undone(connection) == []


def test_what_the_policy_allows_comes_true_to_the_cent(databases: Databases) -> None:
    tasks = [_task(name, actions) for name, (_, actions) in IN_TURN.items()]
    outcomes = retail_tasks.run(tasks, small_shop(), databases.url("postgres"))
    assert [(one.task, one.problems, one.refused) for one in outcomes] == [
        (name, [], refused) for name, (refused, _) in IN_TURN.items()
    ]


def test_a_difference_is_told(shop: Runtime) -> None:
    simulator = Simulator(small_shop())
    simulator.do(*cancel(BY_CARD))
    with shop.database.reading() as connection:
        found = retail_reading.read(connection)
    told = {
        one.where: (one.expected, one.found)
        for one in retail_state.differences(simulator.state(), found)
    }
    assert told == {
        f"order {BY_CARD}: status": ("cancelled", "pending"),
        f"order {BY_CARD}: cancel_reason": ("no longer needed", ""),
        f"order {BY_CARD}: refunded": ({CARD: 15_160}, {}),
    }


def _task(name: str, actions: list[Action]) -> dict[str, Any]:
    return {
        "id": name,
        "evaluation_criteria": {
            "actions": [{"name": name, "arguments": arguments} for name, arguments in actions]
        },
    }
