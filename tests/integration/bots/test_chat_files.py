"""Photos in the chat: sent ahead, stored with their message, shown by a pass, and thanked for."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from bots.webchat.passes import PASS_KEPT
from oms_service.conversations import attachments_queries
from oms_service.runtime import Runtime
from tests.factories.files import a_pdf, a_photo
from tests.factories.staff import proof
from tests.fakes.clock import StandingClock


@pytest.fixture
def chat(app: Flask) -> tuple[FlaskClient, dict[str, str]]:
    client = app.test_client()
    opened = client.post("/chat/session", json={"language": "ja"})
    return client, {"Authorization": f"Bearer {opened.headers['X-Chat-Token']}"}


def ahead(
    chat: tuple[FlaskClient, dict[str, str]], raw: bytes, key: str = "ahead-001"
) -> TestResponse:
    client, headers = chat
    files = FileStorage(io.BytesIO(raw), filename="IMG_1.HEIC")
    boundary, body = encode_multipart(MultiDict({"key": key, "files": files}))
    kind = f'multipart/form-data; boundary="{boundary}"'
    return client.post("/chat/files", data=body, content_type=kind, headers=headers)


def write(
    chat: tuple[FlaskClient, dict[str, str]], given: str, *files: str, words: str = ""
) -> TestResponse:
    client, headers = chat
    body = {"id": given, "text": words, "files": list(files)}
    return client.post("/chat/messages", json=body, headers=headers)


def test_a_photo_without_words_is_stored_shown_and_thanked_for(
    runtime: Runtime, clock: StandingClock, chat: tuple[FlaskClient, dict[str, str]]
) -> None:
    sent = ahead(chat, a_photo()).json
    assert sent is not None
    for _ in range(2):
        answer = write(chat, "message-1", sent["id"]).json
        assert answer is not None
        mine, thanks = answer["messages"]
        assert mine["text"] == "ファイルを1件送りました。"
        assert [(one["id"], one["name"]) for one in mine["files"]] == [(sent["id"], "IMG_1.jpg")]
        assert "お預かりしました" in thanks["text"]
    client, _headers = chat
    preview = client.get(mine["files"][0]["preview_url"], buffered=True)
    assert (preview.status_code, preview.mimetype) == (200, "image/jpeg")
    plain = f"/chat/files/{sent['id']}"
    assert client.get(plain).status_code == 404
    assert client.get(f"{plain}?pass=forged").status_code == 404
    other = ahead(chat, a_pdf(), "ahead-002").json
    assert other is not None
    of_other = other["url"].partition("?")[2]
    assert client.get(f"{plain}?{of_other}").status_code == 404
    clock.advance(seconds=PASS_KEPT.total_seconds() + 1)
    assert client.get(mine["files"][0]["url"]).status_code == 404


def test_words_with_a_photo_are_understood_as_ever(
    chat: tuple[FlaskClient, dict[str, str]],
) -> None:
    sent = ahead(chat, a_photo()).json
    assert sent is not None
    answer = write(chat, "message-1", sent["id"], words="返品したい").json
    assert answer is not None
    assert answer["messages"][0]["text"] == "返品したい"
    assert len(answer["messages"]) == 2


def test_what_is_not_ones_own_is_refused_and_nobody_is_called(
    app: Flask, runtime: Runtime, chat: tuple[FlaskClient, dict[str, str]]
) -> None:
    client = app.test_client()
    opened = client.post("/chat/session", json={"language": "ja"})
    other = client, {"Authorization": f"Bearer {opened.headers['X-Chat-Token']}"}
    theirs = ahead(other, a_photo()).json
    assert theirs is not None
    for files in ([theirs["id"]], ["x" * 43], ["x" * 43] * 21, [7]):
        refused = write(chat, "message-1", *files)
        assert refused.status_code == 422
    headers = chat[1]
    assert client.post(f"/chat/files/{theirs['id']}/remove", headers=headers).status_code == 404
    assert ahead((client, {}), a_photo()).status_code == 401
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM cases")).scalar() == 0
        said = connection.execute(text("SELECT count(*) FROM messages WHERE direction = 'in'"))
        assert said.scalar() == 0


def test_a_browser_without_script_sends_photos_with_its_form(app: Flask, runtime: Runtime) -> None:
    client = app.test_client()
    fields = MultiDict(
        {
            "csrf_token": proof(client, "/chat"),
            "id": "message-1",
            "files": FileStorage(io.BytesIO(a_photo()), filename="a.jpg"),
        }
    )
    boundary, body = encode_multipart(fields)
    kind = f'multipart/form-data; boundary="{boundary}"'
    for _ in range(2):
        assert client.post("/chat", data=body, content_type=kind).status_code == 303
    page = client.get("/chat").text
    assert page.count("/preview?pass=") == 1
    with runtime.database.reading() as connection:
        thread = connection.execute(text("SELECT max(id) FROM conversations")).scalar_one()
        shown = attachments_queries.shown(connection, conversation_ids=[thread])
    assert [one.name for one in shown] == ["a.jpg"]
