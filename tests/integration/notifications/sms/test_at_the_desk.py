"""What colleagues see of short messages: the channel by its name, and the way an answer goes."""

import pytest
from flask import Flask

from cases import service as cases
from oms_service.kernel import actors
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.staff import make_staff, sign_in
from tests.integration.notifications.sms.house import NUMBER, Phones, said


@pytest.mark.parametrize(
    ("language", "sends", "channel"),
    [("en", "Send as a text message", "Text messages"), ("ja", "SMSで送る", "SMS")],
)
def test_a_case_by_short_message_names_its_channel_and_is_answered_there(
    app: Flask,
    phones: Phones,
    runtime: Runtime,
    customer_id: int,
    language: str,
    sends: str,
    channel: str,
) -> None:
    phones.proves(customer_id)
    assert phones.tells(said("Where is my parcel?")) == 204
    ((case_id, number),) = phones.rows("SELECT id, number FROM cases")
    with runtime.unit_of_work(SYSTEM) as uow:
        colleague = make_staff(uow)
    client = app.test_client()
    sign_in(client)
    client.set_cookie("lang", language)
    page = client.get(f"/desk/cases/{number}")
    assert page.status_code == 200
    assert "Where is my parcel?" in page.text
    assert sends in page.text
    talks = client.get(f"/desk/customers/{customer_id}").text
    assert f"<strong>{channel}</strong>" in talks
    with runtime.unit_of_work(actors.staff(colleague.id)) as uow:
        cases.reply(uow, int(str(case_id)), "It comes tomorrow.", key="r1")
    settle(runtime)
    assert phones.got[-1] == (NUMBER, "It comes tomorrow.")
