"""Connects the plugged-in model with the house, where there is one."""

from flask import Flask

from bots.modelling import pages
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the page in."""
    app.register_blueprint(pages.blueprint)
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("Language model"),
            endpoint="modelling.overview",
            permission="answers:manage",
            icon="speech",
            rank=70,
            group=N_("Case settings"),
        )
    )
