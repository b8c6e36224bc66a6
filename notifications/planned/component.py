"""Connects what waits to be told with the house: its pages, and the boxes beside other things."""

from flask import Flask

from notifications.planned import pages, words
from oms_service.infra import trail_words
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """Hang what waits into the house."""
    trail_words.call(words.EVENTS)
    app.register_blueprint(pages.blueprint)
    runtime.slots.add(*pages.PANELS)
