"""The pages about webhooks: the secret once, how each try went, told again, switched off."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.webhooks import policy, queries
from tests.factories.staff import make_staff, post, sign_in
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Receiver
from tests.integration.oms_service.webhooks.conftest import Deliver, Listen, a_reservation
from tests.integration.oms_service.webhooks.test_delivering import is_genuine

PATH = "/console/webhooks"


@pytest.fixture
def client(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, mail="ops@shop.example", language=Language.ENGLISH)
    made = app.test_client()
    sign_in(made, "ops@shop.example")
    return made


def one(client: FlaskClient, runtime: Runtime) -> dict[str, Any]:
    with runtime.database.looking() as session:
        (view,) = queries.endpoints(session).items
    return {"path": f"{PATH}/{view.number}", "version": view.version, "view": view}


def test_from_an_empty_page_to_a_message_that_its_secret_proves(
    client: FlaskClient, runtime: Runtime, receiver: Receiver, deliver: Deliver
) -> None:
    assert "Nobody is told yet" in client.get(PATH).text
    wanted = {"url": f"{receiver.url}/hook", "events": "order.*, parcel.delivered", "label": "ERP"}
    page = post(client, PATH, wanted).text
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    assert secret is not None
    here = one(client, runtime)
    assert here["view"].patterns == ("order.*", "parcel.delivered")
    assert secret[0] not in client.get(here["path"]).text
    assert post(client, f"{here['path']}/test").status_code == 303
    deliver()
    assert is_genuine(receiver.calls[0], secret[0])
    shown = client.get(f"{here['path']}?state=delivered").text
    assert "webhook.tested" in shown
    assert "(204)" in shown
    assert "ERP" in client.get(PATH).text


def test_a_failure_is_shown_with_the_answer_and_told_again(
    client: FlaskClient,
    runtime: Runtime,
    receiver: Receiver,
    listen: Listen,
    deliver: Deliver,
    clock: StandingClock,
) -> None:
    endpoint = listen("pickup.*")
    receiver.answers = [(500, "<b>out of order</b>")]
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.emit(a_reservation(1))
    deliver()
    path = f"{PATH}/{endpoint.number}"
    page = client.get(f"{path}?state=waiting").text
    assert "The last try failed." in page
    assert "&lt;b&gt;out of order&lt;/b&gt;" in page
    again = re.search(r'action="([^"]+/deliveries/[^"]+/replay)"', page)
    assert again is not None
    assert post(client, again[1]).status_code == 303
    assert deliver() == 1
    assert post(client, f"{path}/replay", {"since": "2026-11-22T00:00"}).status_code == 303
    assert deliver() == 1
    for bad in ("", "never", "2999-01-01T00:00", "2026-11-23T00:00"):
        assert post(client, f"{path}/replay", {"since": bad}).status_code == 303
    assert deliver() == 0


def test_all_that_failed_is_told_again_by_one_press_and_once(
    client: FlaskClient,
    runtime: Runtime,
    receiver: Receiver,
    listen: Listen,
    deliver: Deliver,
    clock: StandingClock,
) -> None:
    endpoint, other = listen("pickup.*"), listen("order.*")
    receiver.answers = [(500, "")] * (2 * policy.MOST_TRIES)
    with runtime.unit_of_work(SYSTEM) as uow:
        for number in (1, 2):
            uow.emit(a_reservation(number))
    tries = 0
    while tries < 2 * policy.MOST_TRIES:
        tries += deliver()
        clock.advance(minutes=30)
    assert (deliver(), receiver.answers) == (0, [])
    sign_in(client, "ops@shop.example")
    path = f"{PATH}/{endpoint.number}"
    assert f"{path}/replay-failed" not in client.get(path).text
    assert f"{path}/replay-failed" in client.get(f"{path}?state=failed").text
    assert post(client, f"{PATH}/{other.number}/replay-failed").status_code == 303
    assert deliver() == 0
    assert post(client, f"{path}/replay-failed").status_code == 303
    assert "2 events are told again." in client.get(path).text
    assert post(client, f"{path}/replay-failed").status_code == 303
    assert "somebody was faster" in client.get(path).text
    assert deliver() == 2
    assert post(client, f"{PATH}/WE-NOBODY/replay-failed").status_code == 404


def test_a_bad_address_is_said_and_a_stale_page_changes_nothing(
    client: FlaskClient, runtime: Runtime, listen: Listen
) -> None:
    refused = post(client, PATH, {"url": "ftp://x", "events": "nothing"})
    assert refused.status_code == 422
    assert "Give a public address" in refused.text
    assert "Give names of events" in refused.text
    listen("pickup.*")
    here = one(client, runtime)
    off = {"url": here["view"].url, "events": "*", "is_active": "no", "version": 1}
    assert post(client, f"{here['path']}/change", off).status_code == 303
    assert not one(client, runtime)["view"].is_active
    assert "Switched off" in client.get(here["path"]).text
    bad = post(client, f"{here['path']}/change", {**off, "url": "", "version": 2})
    assert bad.status_code == 422
    assert post(client, f"{here['path']}/rotate", {"version": 1}).status_code == 303
    assert post(client, f"{here['path']}/test").status_code == 303
    assert one(client, runtime)["version"] == 2
    assert "whsec_" in post(client, f"{here['path']}/rotate", {"version": 2}).text
    assert post(client, f"{here['path']}/end", {"version": 3}).status_code == 303
    assert client.get(here["path"]).status_code == 404


def test_an_agent_sees_none_of_it(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.AGENT)
    client = app.test_client()
    sign_in(client)
    assert client.get(PATH).status_code == 403
