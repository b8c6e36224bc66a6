"""An app that speaks both languages and knows nothing else."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from oms_service.web import texts


def speaking_app() -> Flask:
    app = Flask(__name__)
    folders = ";".join(str(folder) for folder in texts.folders())
    Babel(app, default_locale="en", default_translation_directories=folders)
    return app


@pytest.fixture(autouse=True, scope="package")
def english() -> Iterator[None]:
    """Texts are English where a test does not say otherwise."""
    with speaking_app().app_context():
        yield
