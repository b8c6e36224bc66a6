"""``oms demo-data``: the demo shop, from the command line."""

import json
from collections.abc import Callable, Sequence
from typing import Final

import click

from oms_service.demo_shop.generate import (
    DEFAULT_ORDERS,
    DEFAULT_SEED,
    MOST_ORDERS,
    NotEmpty,
    generate,
)
from oms_service.demo_shop.result import DemoShop
from oms_service.demo_shop.scenes import SCENES
from oms_service.infra.progress import shown
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime

OpenRuntime = Callable[[], Runtime]
Extra = Callable[[UnitOfWork, DemoShop], None]
"""What a package above adds to the demo shop, in the same transaction."""

_FEWEST: Final = len(SCENES)


def command(extras: Callable[[], Sequence[Extra]]) -> click.Command:
    """The command; ``extras`` is asked when it runs."""

    @click.command("demo-data")
    @click.option(
        "--orders",
        type=click.IntRange(_FEWEST, MOST_ORDERS),
        default=DEFAULT_ORDERS,
        show_default=True,
    )
    @click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="What was made, as JSON.")
    @click.pass_obj
    def demo_data(open_runtime: OpenRuntime, *, orders: int, seed: int, as_json: bool) -> None:
        """Fill an empty database with the demo shop."""
        try:
            with shown() as tell, open_runtime().unit_of_work(SYSTEM) as uow:
                shop = generate(uow, many=orders, seed=seed, tell=tell)
                for add in extras():
                    add(uow, shop)
        except NotEmpty:
            raise click.ClickException(
                "There is a shop in this database already; nothing was changed."
            ) from None
        if as_json:
            click.echo(json.dumps(shop.as_json()))
            return
        for what, amount in shop.counts.items():
            click.echo(f"{amount:>8,} {what}")

    return demo_data
