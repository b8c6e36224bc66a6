"""Visitors nobody knows share the room for files: none of them fills the store."""

import dataclasses
import io

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from bots import inbound
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.files import a_pdf
from tests.factories.shop import make_shop


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A megabyte a day for one address, three for all."""
    return dataclasses.replace(settings, strangers_mb=3)


class Visitor:
    def __init__(self, app: Flask, address: str) -> None:
        self.client, self.count = app.test_client(), 0
        self.where = {"REMOTE_ADDR": address}
        opened = self.client.post("/chat/session", json={}, environ_base=self.where)
        self.headers = {"Authorization": f"Bearer {opened.headers['X-Chat-Token']}"}

    def send(self) -> TestResponse:
        self.count += 1
        file = FileStorage(io.BytesIO(a_pdf()), filename="a.pdf")
        fields = MultiDict({"key": f"ahead-{self.count:03}", "files": file})
        boundary, body = encode_multipart(fields)
        return self.client.post(
            "/chat/files",
            data=body,
            content_type=f'multipart/form-data; boundary="{boundary}"',
            headers=self.headers,
            environ_base=self.where,
        )


def stored(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM attachments")).scalar_one())


def test_one_address_has_a_share_and_all_have_one(app: Flask, runtime: Runtime) -> None:
    hosts = (1, 1, 2, 3, 4)
    answers = [Visitor(app, f"192.0.2.{host}").send() for host in hosts]
    assert [one.status_code for one in answers] == [201, 422, 201, 201, 422]
    assert {one.json["error"] for one in answers if one.json and "error" in one.json} == {
        "too-many-files"
    }
    assert stored(runtime) == 3


def test_whoever_is_known_has_room_of_their_own(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer_id = make_shop(uow).customer_id
    visitor = Visitor(app, "192.0.2.1")
    with runtime.database.reading() as connection:
        (thread,) = connection.execute(text("SELECT id FROM conversations")).scalars()
    inbound.recognise(runtime, thread, customer_id)
    assert [visitor.send().status_code for _ in range(4)] == [201] * 4
