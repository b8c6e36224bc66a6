"""Connects the page of a case with the house."""

from flask import Flask

from cases.desk import answering, views, working
from cases.writing import answering as answers
from cases.writing import reminding
from oms_service.infra.sweeps import Sweep
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the desk into the house."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(working.blueprint)
    app.register_blueprint(answering.blueprint)
    every = runtime.sweeps.add
    every(Sweep("send-pending-replies", 1, answers.send_due, again_at=answers.BATCH))
    every(Sweep("bring-cases-back", 30, reminding.come_back, again_at=reminding.BATCH))
