"""Connects the inbox, saved views and bulk with the house."""

from flask import Flask

from cases.finding import bulk, bulk_pages, pages, palette, view_pages
from cases.finding.events import CaseBulkStarted
from cases.finding.handling import Handling
from oms_service.infra.sweeps import Sweep
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the inbox into the house."""
    runtime.subscribers.effect(CaseBulkStarted, Handling(runtime.unit_of_work).go_on, owner="lead")
    runtime.sweeps.add(Sweep("forget-old-bulks", 3600, bulk.forget_old, again_at=bulk.BATCH))
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("Inbox"),
            endpoint="finding.inbox",
            permission="cases:read",
            badge=pages.badge,
            is_personal=True,
            icon="inbox",
            rank=10,
            starts_day_for="cases:reply",
        )
    )
    runtime.slots.add(*palette.SOURCES)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(view_pages.blueprint)
    app.register_blueprint(bulk_pages.blueprint)
