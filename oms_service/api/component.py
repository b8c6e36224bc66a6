"""Hangs the API into the house: the one file that knows all of it."""

from flask import Flask

from oms_service.api import (
    attachments,
    calendars,
    changes,
    claims,
    counts,
    customers,
    docs,
    documents,
    exchanges,
    fulfilments,
    gift_cards,
    health,
    mail_hook,
    metrics,
    openapi,
    orders,
    orders_holds,
    orders_placing,
    outlooks,
    payment_notices,
    payments,
    pickups,
    problems,
    promises,
    purchases,
    refund_limits,
    reservations,
    returns,
    scan_files,
    scans,
    sms_hook,
    sourcing,
    stock,
    track,
    transfers,
    variants,
    waiting,
    webhook_endpoints,
    webhooks,
)
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """Register after the frame: errors of programs' requests become problems."""
    problems.register(app)
    metrics.register(app, runtime)
    app.register_blueprint(health.blueprint)
    api = openapi.build(app)
    for module in (
        attachments,
        track,
        orders,
        orders_placing,
        orders_holds,
        changes,
        waiting,
        returns,
        exchanges,
        claims,
        sourcing,
        calendars,
        variants,
        customers,
        stock,
        reservations,
        pickups,
        purchases,
        transfers,
        counts,
        documents,
        fulfilments,
        scans,
        scan_files,
        webhooks,
        mail_hook,
        sms_hook,
        webhook_endpoints,
        outlooks,
        promises,
        payments,
        gift_cards,
        payment_notices,
        refund_limits,
    ):
        openapi.add(app, module.blueprint)
    docs.register(app, api)
