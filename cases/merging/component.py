"""Connects merging and splitting with the house."""

from flask import Flask

from cases.events import CaseChanged, CaseMerged, CaseReplied, CaseUnmerged
from cases.merging import pages, reactions
from cases.sla import service as answer_times
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """Hang merging into the house."""
    hear = runtime.subscribers.react
    hear(CaseReplied, reactions.on_replied, owner="lead")
    hear(CaseChanged, reactions.on_closed, owner="lead")
    hear(CaseMerged, answer_times.follow, owner="lead")
    hear(CaseUnmerged, answer_times.follow, owner="lead")
    runtime.slots.add(*pages.PANELS)
    app.register_blueprint(pages.blueprint)
