"""Hangs files of cases into the house."""

from flask import Flask

from cases.evidence import desk_pages, pages
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """The pages, and the boxes beside a case."""
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(desk_pages.blueprint)
    runtime.slots.add(*desk_pages.PANELS)
