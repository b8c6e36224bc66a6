"""Connects what comes after cases and deliveries with the house."""

from flask import Flask

from cases.after import beside, feedback, pages, surveys, timeline
from cases.events import CaseReopened, CaseResolved
from oms_service.infra.sweeps import Sweep
from oms_service.orders.events import OrderCompleted
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang it into the house."""
    hear = runtime.subscribers.react
    hear(CaseResolved, surveys.plan, owner="lead")
    hear(CaseReopened, surveys.call_off, owner="lead")
    hear(OrderCompleted, feedback.plan, owner="lead")
    every = runtime.sweeps.add
    every(Sweep("ask-for-satisfaction", 30, surveys.ask_due, again_at=surveys.BATCH))
    every(Sweep("ask-for-feedback", 60, feedback.ask_due, again_at=feedback.BATCH))
    runtime.timeline.add("answers", timeline.entries)
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("What customers say"),
            group=N_("Team and figures"),
            endpoint="after.satisfaction",
            permission="feedback:read",
            icon="speech",
            rank=45,
        ),
        Entry(
            area=Area.DESK,
            label=N_("After a case"),
            endpoint="after.settings",
            permission="feedback:manage",
            icon="settings",
            rank=66,
            group=N_("Case settings"),
        ),
        beside.PANEL,
    )
    app.register_blueprint(pages.blueprint)
