"""Connects what other people's agents need with the house; the server itself is a process."""

from flask import Flask

from bots.mcp import api, audit, pages
from oms_service.api import openapi
from oms_service.infra.sweeps import Sweep
from oms_service.ports.slots import Area, PreferencePage
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the customers' page and the endpoints in; old calls are forgotten."""
    old = Sweep("forget-old-assistant-calls", 3600, audit.forget_old, again_at=audit.BATCH)
    runtime.sweeps.add(old)
    openapi.add(app, api.blueprint)
    app.register_blueprint(pages.blueprint)
    if runtime.settings.mcp_url:
        runtime.slots.add(
            PreferencePage(
                area=Area.PORTAL,
                label=N_("Assistants"),
                endpoint="portal_assistants.page",
                rank=40,
            )
        )
