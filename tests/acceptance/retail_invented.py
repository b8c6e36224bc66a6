"""Invents tasks for a retail file: ``python -m tests.acceptance.retail_invented --data DB.json``.

Each is drawn by a seed from the people, orders and products of the file: some are done, and some
ask for what the shop's written policy forbids, which must change nothing. They have the form of a
tasks file, so that ``retail_tasks`` plays them through the services and through the chat.
"""

import argparse
import copy
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import click

from tests.acceptance.retail_simulator import (
    DELIVERED,
    PENDING,
    REASONS,
    Refused,
    Simulator,
)

Action = dict[str, Any]
#: Of so many wishes one is against the policy.
_ONE_FORBIDDEN_IN: Final = 6
_ONE_MOVES_IN: Final = 20
_MOST_WISHES: Final = 4
#: Nobody looks longer for something that a person could want.
_TRIES: Final = 40
_ADDRESS: Final = ("address1", "address2", "city", "country", "state", "zip")


def invent(data: Mapping[str, Any], *, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """So many tasks, the same for a seed.

    Args:
        data: the shop's file.
        count: how many.
        seed: draws them.
    """
    for number in range(count):
        rng = Random(f"{seed}:{number}")  # noqa: S311 - which tasks are drawn is no secret
        yield _task(f"invented-{seed}-{number}", data, rng)


def _task(name: str, data: Mapping[str, Any], rng: Random) -> dict[str, Any]:
    people = [user for user in data["users"].values() if user["orders"]]
    several = [user for user in people if len(user["payment_methods"]) > 1]
    user = rng.choice(rng.choice((people, several or people)))
    found, known = _known(user, rng)
    own = {
        **data,
        "users": {user["user_id"]: user},
        "orders": {number: data["orders"][number] for number in user["orders"]},
    }
    drawing = _Drawing(data, user, Simulator(own), rng)
    wishes = rng.choice((0, 1, 1, 1, 2, 2, 3, _MOST_WISHES))
    actions = list(drawing.wishes(wishes)) or [drawing.question()]
    return {
        "id": name,
        "user_scenario": {"instructions": {"known_info": known}},
        "evaluation_criteria": {"actions": [found, *actions]},
    }


def _known(user: Mapping[str, Any], rng: Random) -> tuple[Action, str]:
    """How the shop finds them, and what they know of themselves."""
    if rng.random() < 0.3:
        found = _action("find_user_id_by_email", email=user["email"])
        return found, f"Your mail address is {user['email']}."
    name, code = user["name"], user["address"]["zip"]
    found = _action("find_user_id_by_name_zip", **name, zip=code)
    return found, f"You are {name['first_name']} {name['last_name']}, zip code {code}."


def _action(name: str, **arguments: Any) -> Action:
    return {"name": name, "arguments": arguments}


def _is_refused(shop: Simulator, wish: Action) -> bool:
    try:
        shop.do(wish["name"], wish["arguments"])
    except Refused:
        return True
    return False


@dataclass
class _Drawing:
    """What one person could want, one thing after another."""

    data: Mapping[str, Any]
    user: Mapping[str, Any]
    shop: Simulator
    rng: Random

    def wishes(self, count: int) -> Iterator[Action]:
        for _ in range(count):
            is_forbidden = self.rng.randrange(_ONE_FORBIDDEN_IN) == 0
            for _ in range(_TRIES):
                wish = self._wish()
                after = copy.deepcopy(self.shop)
                if wish is not None and _is_refused(after, wish) == is_forbidden:
                    self.shop = after
                    yield wish
                    break

    def question(self) -> Action:
        return self.rng.choice(
            (
                _action("get_order_details", order_id=self.rng.choice(self.user["orders"])),
                _action(
                    "get_product_details", product_id=self.rng.choice([*self.data["products"]])
                ),
                _action("get_user_details", user_id=self.user["user_id"]),
                _action("transfer_to_human_agents", summary=""),
            )
        )

    def _wish(self) -> Action | None:
        order = self.data["orders"][self.rng.choice(self.user["orders"])]
        kinds: Sequence[Callable[[Mapping[str, Any]], Action | None]] = {
            PENDING: (self._cancel, self._address, self._payment, self._items, self._items),
            DELIVERED: (self._return, self._return, self._exchange, self._exchange),
        }.get(order["status"], (self._cancel, self._return, self._exchange, self._address))
        if self.rng.randrange(_ONE_MOVES_IN) == 0:
            return self._usual_address(order)
        return self.rng.choice(kinds)(order)

    def _cancel(self, order: Mapping[str, Any]) -> Action:
        reason = self.rng.choice(sorted(REASONS))
        return _action("cancel_pending_order", order_id=order["order_id"], reason=reason)

    def _address(self, order: Mapping[str, Any]) -> Action:
        where = self._elsewhere()
        return _action("modify_pending_order_address", order_id=order["order_id"], **where)

    def _usual_address(self, _order: Mapping[str, Any]) -> Action:
        where = self._elsewhere()
        return _action("modify_user_address", user_id=self.user["user_id"], **where)

    def _elsewhere(self) -> dict[str, str]:
        """Where somebody else lives."""
        other = self.rng.choice([*self.data["users"].values()])
        return {part: other["address"][part] for part in _ADDRESS}

    def _payment(self, order: Mapping[str, Any]) -> Action:
        return _action(
            "modify_pending_order_payment",
            order_id=order["order_id"],
            payment_method_id=self._method(),
        )

    def _return(self, order: Mapping[str, Any]) -> Action:
        return _action(
            "return_delivered_order_items",
            order_id=order["order_id"],
            item_ids=[one["item_id"] for one in self._some(order)],
            payment_method_id=self._method(),
        )

    def _items(self, order: Mapping[str, Any]) -> Action | None:
        return self._swapping("modify_pending_order_items", order)

    def _exchange(self, order: Mapping[str, Any]) -> Action | None:
        return self._swapping("exchange_delivered_order_items", order)

    def _swapping(self, name: str, order: Mapping[str, Any]) -> Action | None:
        old = self._some(order)
        new = [self._version(one) for one in old]
        if None in new:
            return None
        return _action(
            name,
            order_id=order["order_id"],
            item_ids=[one["item_id"] for one in old],
            new_item_ids=new,
            payment_method_id=self._method(),
        )

    def _some(self, order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """One thing, some or all of an order."""
        items = order["items"]
        most = self.rng.choice((1, 1, 2, len(items)))
        return self.rng.sample(items, min(most, len(items)))

    def _version(self, item: Mapping[str, Any]) -> str | None:
        """Another version of it, often one that differs little."""
        others = [
            one
            for one in self.data["products"][item["product_id"]]["variants"].values()
            if one["item_id"] != item["item_id"]
        ]
        self.rng.shuffle(others)
        if self.rng.random() < 0.6:
            others.sort(
                key=lambda one: sum(
                    item["options"].get(option) != value for option, value in one["options"].items()
                )
            )
        return next((str(one["item_id"]) for one in others), None)

    def _method(self) -> str:
        return str(self.rng.choice([*self.user["payment_methods"]]))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.retail_invented")
    parser.add_argument("--data", type=Path, required=True, help="the shop's file")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    data = json.loads(given.data.read_text(encoding="utf-8-sig"))
    click.echo(json.dumps([*invent(data, count=given.count, seed=given.seed)], ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
