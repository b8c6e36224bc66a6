"""Connects the page of a case with the house."""

from flask import Flask

from cases.desk import views, working
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:  # noqa: ARG001 - what all components are given
    """Hang the desk into the house."""
    app.register_blueprint(views.blueprint)
    app.register_blueprint(working.blueprint)
