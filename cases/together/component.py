"""Connects what colleagues do together with the house."""

from flask import Flask

from cases.events import (
    CaseAppended,
    CaseAssigned,
    CaseMerged,
    CaseReopened,
    CaseReplied,
    CaseResolved,
    CaseTaskChanged,
)
from cases.together import pages, watching
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang working together into the house."""
    hear = runtime.subscribers.react
    hear(CaseReplied, watching.on_replied, owner="lead")
    hear(CaseAppended, watching.on_appended, owner="lead")
    hear(CaseAssigned, watching.on_assigned, owner="lead")
    hear(CaseResolved, watching.on_resolved, owner="lead")
    hear(CaseReopened, watching.on_reopened, owner="lead")
    hear(CaseMerged, watching.on_merged, owner="lead")
    hear(CaseTaskChanged, watching.on_task, owner="lead")
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("For me"),
            endpoint="together.for_me",
            permission="cases:read",
            badge=pages.unread,
            is_personal=True,
            icon="people",
            rank=12,
        ),
        Entry(
            area=Area.DESK,
            label=N_("Tasks"),
            endpoint="together.tasks",
            permission="tasks:work",
            badge=pages.to_do,
            is_personal=True,
            icon="check",
            rank=14,
        ),
    )
    runtime.slots.add(*pages.PANELS)
    app.register_blueprint(pages.blueprint)
