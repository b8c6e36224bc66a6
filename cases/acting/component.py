"""Connects acting from cases with the house."""

from flask import Flask

from cases.acting import beside, labels, pages, reactions, refund_pages
from oms_service.orders.events import (
    OrderCancelled,
    OrderChangeClosed,
    OrderChanged,
    OrderChangeProposed,
)
from oms_service.payments.events import (
    RefundDeclined,
    RefundFailed,
    RefundPaid,
    RefundRequested,
)
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """Hang acting into the house."""
    hear = runtime.subscribers.react
    hear(OrderChangeProposed, reactions.change_referred, owner="lead")
    hear(OrderChanged, reactions.change_made, owner="lead")
    hear(OrderCancelled, reactions.order_cancelled, owner="lead")
    hear(OrderChangeClosed, reactions.change_closed, owner="lead")
    hear(RefundRequested, reactions.refund_agreed, owner="lead")
    hear(RefundPaid, reactions.refund_paid, owner="lead")
    hear(RefundDeclined, reactions.refund_declined, owner="lead")
    hear(RefundFailed, reactions.refund_failed, owner="lead")
    runtime.slots.add(beside.PANEL, beside.ENTRY)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(labels.blueprint)
    app.register_blueprint(refund_pages.blueprint)
