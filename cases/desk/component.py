"""Connects the page of a case with the house."""

from flask import Flask

from cases.desk import answering, views, working
from cases.writing import answering as answers
from cases.writing import pages, reminding
from oms_service.infra.sweeps import Sweep
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the desk into the house."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(working.blueprint)
    app.register_blueprint(answering.blueprint)
    app.register_blueprint(pages.blueprint)
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("Macros"),
            endpoint="macros.overview",
            permission="cases:reply",
            icon="note",
            rank=64,
            group=N_("Case settings"),
        )
    )
    every = runtime.sweeps.add
    every(Sweep("send-pending-replies", 1, answers.send_due, again_at=answers.BATCH))
    every(Sweep("bring-cases-back", 30, reminding.come_back, again_at=reminding.BATCH))
