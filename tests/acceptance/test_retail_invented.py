"""Invented tasks are the same for a seed, and ask for what is allowed and for what is not."""

from tests.acceptance import retail_customer, retail_invented
from tests.acceptance.retail_simulator import WRITING, Refused, Simulator
from tests.acceptance.small_shop import small_shop


def test_a_seed_draws_the_same_tasks_and_another_draws_others() -> None:
    shop = small_shop_of_people()
    first = [*retail_invented.invent(shop, count=8, seed=3)]
    assert first == [*retail_invented.invent(shop, count=8, seed=3)]
    assert first != [*retail_invented.invent(shop, count=8, seed=4)]


def test_some_wishes_are_against_the_policy_and_everybody_can_be_found() -> None:
    shop = small_shop_of_people()
    done = refused = 0
    for task in retail_invented.invent(shop, count=40, seed=1):
        assert retail_customer.person_of(task, shop).name in {"Nina Berg", "Tom Adeyemi"}
        simulator = Simulator(shop)
        for action in task["evaluation_criteria"]["actions"]:
            if action["name"] not in WRITING:
                continue
            try:
                simulator.do(action["name"], action["arguments"])
                done += 1
            except Refused:
                refused += 1
    assert done > refused > 0


def small_shop_of_people() -> dict[str, object]:
    """The small shop, whose people know their orders."""
    shop = small_shop()
    for number, order in shop["orders"].items():
        shop["users"][order["user_id"]]["orders"].append(number)
    return shop
