"""The pages of stock and the ways to them."""

from flask import Flask

from oms_service.console import stock, stock_counts, stock_purchases, stock_transfers
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Add the pages of stock to the console."""
    for module in (stock, stock_purchases, stock_transfers, stock_counts):
        app.register_blueprint(module.blueprint)
    runtime.slots.add(
        Entry(
            area=Area.CONSOLE,
            label=N_("Stock"),
            group=N_("Stock keeping"),
            endpoint="console_stock.listed",
            permission="stock:read",
            badge=stock.low,
            icon="shelf",
            rank=50,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Purchase orders"),
            group=N_("Stock keeping"),
            endpoint="console_purchases.listed",
            permission="stock:read",
            icon="note",
            rank=51,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Transfers"),
            group=N_("Stock keeping"),
            endpoint="console_transfers.listed",
            permission="stock:read",
            icon="truck",
            rank=52,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Counts"),
            group=N_("Stock keeping"),
            endpoint="console_counts.listed",
            permission="stock:read",
            badge=stock_counts.waiting,
            icon="check",
            rank=53,
        ),
    )
