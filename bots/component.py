"""All of the bots in one place: their pages, and where they hang into the house."""

from flask import Flask

from bots.webchat import views
from oms_service.runtime import Runtime
from oms_service.web import frame


def register(app: Flask, runtime: Runtime) -> None:
    """Add the chat to ``app``."""
    for blueprint in views.blueprints(runtime, frame.of(app)):
        app.register_blueprint(blueprint)
