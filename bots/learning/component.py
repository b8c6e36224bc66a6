"""Connects what the chat learns with the house."""

from flask import Flask

from bots.learning import api, pages, version_pages
from oms_service.api import openapi
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the pages and the endpoints in."""
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(version_pages.blueprint)
    openapi.add(app, api.blueprint)
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("What the chat learns"),
            endpoint="learning.overview",
            permission="answers:manage",
            icon="speech",
            rank=69,
            group=N_("Case settings"),
        )
    )
