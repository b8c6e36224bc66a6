"""Hangs the shop's own words for cases into the house."""

from flask import Flask

from cases.events import CaseResolved
from cases.taxonomy import labels, panels, settings, settling, sheet
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_

GROUP = N_("Case settings")


def register(app: Flask, runtime: Runtime) -> None:
    """Pages, panels, words of states, and what follows when a case moves."""
    hear = runtime.subscribers.react
    hear(CaseResolved, settling.settled, owner="lead")
    labels.register(app)
    app.register_blueprint(settings.blueprint)
    app.register_blueprint(sheet.blueprint)
    runtime.slots.add(*panels.PANELS)
    for rank, (label, endpoint, icon) in enumerate(
        (
            (N_("Reasons"), "case_settings.all_reasons", "inbox"),
            (N_("Status labels"), "case_settings.labels", "note"),
            (N_("Tags"), "case_settings.all_tags", "dot"),
            (N_("Fields of cases"), "case_settings.all_fields", "note"),
        )
    ):
        runtime.slots.add(
            Entry(
                area=Area.DESK,
                label=label,
                endpoint=endpoint,
                permission="cases:configure",
                icon=icon,
                rank=62 + rank,
                group=GROUP,
            )
        )
