"""Connects the pages of customers with the house."""

from flask import Flask

from cases.people import beside, pages
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """Hang them in."""
    app.register_blueprint(pages.blueprint)
    runtime.slots.add(beside.PANEL)
