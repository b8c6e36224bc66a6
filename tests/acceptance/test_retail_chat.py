"""A customer talks tasks through the chat, and the shop becomes what its file and policy say."""

from functools import partial
from random import Random
from typing import Any

from tests.acceptance import retail_customer, retail_phrases, retail_tasks
from tests.acceptance.small_shop import (
    AWAY,
    BY_CARD,
    BY_GIFT,
    CARD,
    DELIVERED,
    MINT,
    NINA,
    OAK,
    PAYPAL,
    SAND,
    TOM,
    TWICE,
    small_shop,
)
from tests.services import Databases

TASK: dict[str, Any] = {
    "id": "a talk",
    "user_scenario": {"instructions": {"known_info": "You are Nina Berg, zip code 97201."}},
    "evaluation_criteria": {
        "actions": [
            {"name": name, "arguments": arguments}
            for name, arguments in (
                ("modify_pending_order_address", {"order_id": BY_CARD, **AWAY}),
                ("modify_pending_order_payment", {"order_id": TWICE, "payment_method_id": CARD}),
                (
                    "modify_pending_order_items",
                    {
                        "order_id": BY_CARD,
                        "item_ids": [MINT],
                        "new_item_ids": [SAND],
                        "payment_method_id": PAYPAL,
                    },
                ),
                ("cancel_pending_order", {"order_id": BY_GIFT, "reason": "ordered by mistake"}),
                ("modify_user_address", {"user_id": NINA, **AWAY}),
                (
                    "return_delivered_order_items",
                    {"order_id": DELIVERED, "item_ids": [OAK], "payment_method_id": CARD},
                ),
            )
        ]
    },
}


def test_what_a_customer_talks_about_comes_true_to_the_cent(databases: Databases) -> None:
    do = partial(retail_tasks.talk_task, seed=1)
    (outcome,) = retail_tasks.run([TASK], small_shop(), databases.url("postgres"), do)
    assert (outcome.problems, outcome.refused) == ([], 0), "\n".join(outcome.said)


def test_no_id_is_ever_said() -> None:
    shop = small_shop()
    person = retail_customer.person_of(TASK, shop)
    actions = TASK["evaluation_criteria"]["actions"]
    wishes = [retail_customer.wish_of(action, person, shop) for action in actions]
    swaps = [(wish.lines, swap) for wish in wishes for swap in wish.swaps]
    for seed in range(20):
        rng = Random(seed)  # noqa: S311 - which words are said is no secret
        said = [retail_phrases.item(swap.line, lines, rng) for lines, swap in swaps]
        said += [
            retail_phrases.method(wish.method, list(person.methods.values()), rng)
            for wish in wishes
            if wish.method
        ]
        assert not any(one in " ".join(said) for one in (OAK, MINT, SAND, CARD, PAYPAL, NINA))


def test_five_people_at_least_say_each_thing_in_their_own_words() -> None:
    assert all(len(set(ways)) >= 5 for ways in retail_phrases.PHRASES.values())


def test_whom_the_shop_cannot_find_is_a_stranger_to_it() -> None:
    shop = small_shop()
    told = {"user_scenario": {"instructions": "You are Tom Adeyemi and forgot your zip code."}}
    assert retail_customer.person_of(told, shop).mail == shop["users"][TOM]["email"]
    nobody = {"user_scenario": {"instructions": {"known_info": "You are Ann Other."}}}
    assert retail_customer.person_of(nobody, shop).methods == {}
