"""One house for all journeys of a test process, and a walk through it for each look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MS
from tests.browser.journeys.looks import USUAL, Look, chosen, usual_of
from tests.browser.journeys.place import Place, a_place
from tests.browser.journeys.walking import Walk
from tests.services import Databases, a_valkey

# What other processes bring comes when they have had their turn.
expect.set_options(timeout=2 * PATIENCE_MS)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "without_script: the browser of the walk runs no JavaScript")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every journey is made in each look that is asked for, unless it names its own.

    Of the usual two a journey takes one, always the same: phone and desktop, Japanese and English
    come up in equal parts, in half the time.
    """
    named = (mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "look" in metafunc.fixturenames and "look" not in named:
        looks = chosen()
        if looks == USUAL:
            looks = (usual_of(metafunc.definition.originalname.removeprefix("test_")),)
        metafunc.parametrize("look", looks, ids=str)


@pytest.fixture(scope="package")
def place(
    databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The house; it ends with the last journey of this process."""
    with (
        databases.a_clone(template_database) as database_url,
        a_valkey() as broker,
        a_place(database_url, broker.url, tmp_path_factory.mktemp("house")) as made,
    ):
        yield made


@pytest.fixture
def walk(
    request: pytest.FixtureRequest, browser: Browser, place: Place, look: Look
) -> Iterator[Walk]:
    """Somebody before a screen; at the end their last page is open to everybody.

    A test that is marked ``without_script`` meets the pages as a browser without JavaScript.
    """
    journey = request.node.originalname.removeprefix("test_")
    plain = request.node.get_closest_marker("without_script") is not None
    made = Walk(browser, place, look, journey, with_script=not plain)
    try:
        yield made
        made.ends()
    finally:
        made.closes()
