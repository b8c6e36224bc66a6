"""Connects the preview with the house: in a demo that plays Slack itself, and nowhere else."""

from flask import Flask

from bots.slack.preview import pages
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the page in. Elsewhere its address is unknown."""
    settings = runtime.settings
    if not (settings.demo and settings.slack_stage_port):
        return
    app.register_blueprint(pages.blueprint)
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("Slack (preview)"),
            endpoint="slack_preview.page",
            permission="cases:work",
            icon="speech",
            rank=45,
        )
    )
