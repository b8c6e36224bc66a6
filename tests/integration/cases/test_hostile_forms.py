"""Forms of the desk filled with what nobody means: a refusal in words, never a fault of ours."""

from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries as cases
from cases.views import CaseView
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case
from tests.integration.cases.test_desk import proof, signed_in

LONG = "9" * 5000


@pytest.fixture
def case(runtime: Runtime) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_agent(uow)
        return make_case(uow)


@pytest.fixture
def desk(app: Flask, case: CaseView) -> FlaskClient:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return signed_in(app)


@pytest.mark.parametrize("name", ["endpoint", "_external", "_scheme", "_anchor", "_method"])
def test_what_builds_addresses_is_not_said_by_an_address(desk: FlaskClient, name: str) -> None:
    sent = desk.get("/desk", query_string={"q": "queue:returns", name: "https://evil.example"})
    there = urlsplit(str(sent.location))
    assert (sent.status_code, there.netloc, there.path) == (302, "", "/desk")
    assert "evil" not in str(sent.location)


@pytest.mark.parametrize("version", [LONG, "٣", "²", "-1"])
def test_a_version_that_is_no_number_breaks_nothing(
    desk: FlaskClient, case: CaseView, version: str
) -> None:
    sent = desk.post(
        f"/desk/cases/{case.number}/wait",
        data={"csrf_token": proof(desk, "/desk"), "version": version},
    )
    assert sent.status_code == 303


@pytest.mark.parametrize("day", ["0001-01-01", LONG, "2026-W01-1T"])
def test_a_day_at_the_end_of_time_is_refused(
    runtime: Runtime, desk: FlaskClient, case: CaseView, day: str
) -> None:
    csrf = proof(desk, "/desk")
    when = {"csrf_token": csrf, "day": day, "time": "00:00", "presence": "busy"}
    when |= {"when": "moment", "snooze_day": day, "snooze_time": "00:00"}
    remind = {"kind": "remind", "remind_day": day, "remind_time": "00:00"}
    for path in (f"/desk/cases/{case.number}/snooze", "/desk/presence"):
        assert desk.post(path, data=when).status_code == 422, path
    sent = desk.post(f"/desk/cases/{case.number}/remind", data={**when, **remind})
    assert sent.status_code == 422
    with runtime.database.reading() as connection:
        assert cases.by_id(connection, case.id).version == case.version
