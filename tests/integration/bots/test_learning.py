"""The chat is taught: by one press from what it missed, by hand, by files; and it forgets."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from bots.learning import queries, service
from bots.learning.service import NothingMissed, SeedTaken
from bots.learning.states import Outcome
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language
from oms_service.kernel.masking import MASK
from oms_service.runtime import Runtime
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_key, make_staff, post, sign_in
from tests.integration.bots.test_inbound import Chat

PAGE = "/desk/settings/learning"
WORDS = "ぽよぽよ大作戦を発動してください"


def test_what_was_missed_is_taught_with_one_press(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.AGENT)
    Chat(runtime).send(WORDS.replace("を", "1234を"))
    with runtime.database.looking() as session:
        missed = queries.missed(session)
    assert [(one.count, "1234" in one.text) for one in missed] == [(1, False)]
    agent = app.test_client()
    sign_in(agent, "agent@shop.example")
    assert agent.get(PAGE).status_code == 403
    lead = app.test_client()
    sign_in(lead, "lead@shop.example")
    page = lead.get(PAGE).get_data(as_text=True)
    assert "ぽよぽよ大作戦" in page
    assert "1234" not in page
    at = str(missed[0].ids[0])
    told = {"id": at, "at": at, "language": "ja", f"text-{at}": WORDS, f"label-{at}": "dance"}
    assert post(lead, f"{PAGE}/missed", told).status_code == 422
    told[f"label-{at}"] = "product_info"
    assert post(lead, f"{PAGE}/missed", told).status_code == 303
    with runtime.database.looking() as session:
        assert queries.missed(session) == []
        seed = queries.seeds(session)[0]
    said = Chat(runtime, key="b").ask(WORDS)
    assert said
    with runtime.database.looking() as session:
        assert queries.missed(session) == []
    assert lead.get(f"{PAGE}/seeds/{seed.id}").status_code == 200
    rests = {"text": WORDS, "label": "product_info", "version": "1"}
    assert post(lead, f"{PAGE}/seeds/{seed.id}", rests).status_code == 303
    assert post(lead, f"{PAGE}/seeds/{seed.id}", rests).status_code == 409
    assert lead.get(f"{PAGE}/seeds/99999999999999999999").status_code == 404
    Chat(runtime, key="c").send(WORDS)
    with runtime.database.looking() as session:
        assert [one.count for one in queries.missed(session)] == [1]
        again = str(queries.missed(session)[0].ids[0])
    put_aside = {"id": again, "then": "dismiss"}
    assert post(lead, f"{PAGE}/missed", put_aside).status_code == 303
    with runtime.database.looking() as session:
        assert queries.missed(session) == []


def test_utterances_come_and_go_as_files(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD)
    lead = app.test_client()
    sign_in(lead, "lead@shop.example")
    good = {"text": "gib it back", "lang": "en", "intent": "refund_request"}
    lines = [json.dumps(good), "", "nonsense", json.dumps({**good, "lang": "xx"})]

    def send(text: str) -> int:
        told = {"file": (io.BytesIO(text.encode()), "some.jsonl")}
        return post(lead, f"{PAGE}/file", told).status_code

    assert send("\n".join(lines)) == 422
    assert send(json.dumps({**good, "text": "half a \ud83d"})) == 422
    with runtime.database.looking() as session:
        assert queries.seeds(session) == []
    assert send(lines[0]) == 303
    given = lead.get(f"{PAGE}/file").get_data(as_text=True)
    assert json.loads(given)["intent"] == "refund_request"
    added = {"text": "gib it BACK", "language": "en", "label": "thanks"}
    assert post(lead, f"{PAGE}/seeds", added).status_code == 409
    assert post(lead, f"{PAGE}/seeds", {**added, "language": "xx"}).status_code == 422
    assert post(lead, f"{PAGE}/seeds", {**added, "text": "many thx"}).status_code == 303


def test_seeds_refuse_what_cannot_be_and_what_is_old(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        first = service.add(uow, text="send help", language=Language.ENGLISH, label="help")
        other = service.add(uow, text="get lost", language=Language.ENGLISH, label="goodbye")
    with runtime.unit_of_work(SYSTEM) as uow:
        for text, label in (("", "help"), ("a" * 501, "help"), ("nul\0", "help"), ("x", "dance")):
            with pytest.raises(Invalid):
                service.add(uow, text=text, language=Language.ENGLISH, label=label)
        with pytest.raises(SeedTaken):
            service.change(uow, other.id, text="Send Help", label="help", is_active=True, version=1)
        with pytest.raises(Stale):
            service.change(uow, first.id, text="x", label="help", is_active=True, version=7)
    with runtime.database.looking() as session:
        assert [one.version for one in queries.seeds(session)] == [1, 1]


def test_of_two_who_teach_the_same_message_one_does(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
    Chat(runtime).send(WORDS)
    with runtime.database.looking() as session:
        ids = queries.missed(session)[0].ids
    both = Barrier(2)

    def teach(_: int) -> bool:
        both.wait()
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                service.teach(uow, ids, text=WORDS, language=Language.JAPANESE, label="help")
        except NothingMissed:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(teach, range(2))) == [False, True]
    with runtime.database.looking() as session:
        assert len(queries.seeds(session)) == 1


def test_what_was_chosen_in_the_end_is_kept_with_what_was_unclear(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
    chat = Chat(runtime)
    message = chat.send(WORDS).message
    with runtime.unit_of_work(SYSTEM) as uow:
        service.note(
            uow,
            message_id=message.id,
            conversation_id=chat.id,
            language=Language.JAPANESE,
            outcome=Outcome.UNCLEAR,
        )
        service.chose(uow, conversation_id=chat.id, label="help")
    with runtime.database.looking() as session:
        found = queries.missed(session)
    assert [one.count for one in found] == [1]


def test_programs_teach_the_chat_too(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        _key, secret = make_key(uow, "answers:manage")
        _key, other = make_key(uow, "answers:manage", "customers:personal")
        _key, foreign = make_key(uow, "cases:read")
    Chat(runtime).send(WORDS)
    client, keys = app.test_client(), iter(range(99))

    def send(method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        proof = {**bearer(secret), "Idempotency-Key": f"k{next(keys)}", **headers}
        return client.open(f"/v1{path}", method=method, json=body, headers=proof)

    assert client.get("/v1/utterances", headers=bearer(foreign)).status_code == 403
    (masked,) = send("GET", "/missed-messages").get_json()["missed"]
    (clear,) = client.get("/v1/missed-messages", headers=bearer(other)).get_json()["missed"]
    assert (masked["text"], clear["text"], masked["ids"]) == (MASK, WORDS, clear["ids"])
    told = {"ids": clear["ids"], "text": WORDS, "language": "ja", "intent": "help"}
    assert send("POST", "/missed-messages/teach", {**told, "intent": "dance"}).status_code == 422
    made = send("POST", "/missed-messages/teach", told)
    assert (made.status_code, made.get_json()["version"]) == (201, 1)
    assert send("POST", "/missed-messages/teach", told).get_json()["code"] == "nothing-missed"
    assert send("POST", "/missed-messages/dismiss", {"ids": clear["ids"]}).status_code == 409
    assert send("POST", "/missed-messages/dismiss", {"ids": [2**63]}).status_code == 422
    path = f"/utterances/{made.get_json()['id']}"
    assert send("PUT", path, {"text": WORDS, "intent": "help"}).status_code == 428
    tag = send("GET", path).headers["ETag"]
    rests = {"text": WORDS, "intent": "help", "is_active": False}
    changed = send("PUT", path, rests, **{"If-Match": tag})
    assert (changed.status_code, changed.get_json()["is_active"]) == (200, False)
    assert send("PUT", path, rests, **{"If-Match": tag}).status_code == 412
    assert send("GET", f"/utterances/{2**64}").status_code == 404
    lines = [json.dumps({"text": "gib it back", "lang": "en", "intent": "thanks"}), "nonsense"]
    refused = send("POST", "/utterances/import", {"jsonl": "\n".join(lines)})
    assert (refused.status_code, [one["field"] for one in refused.get_json()["errors"]]) == (
        422,
        ["2"],
    )
    again = {"Idempotency-Key": "once"}
    for replayed in (None, "true"):
        taken = send("POST", "/utterances/import", {"jsonl": lines[0]}, **again)
        assert (taken.get_json(), taken.headers.get("Idempotency-Replayed")) == (
            {"count": 1},
            replayed,
        )
    assert send("GET", "/utterances/file.jsonl").text.count("\n") == 1
    first = send("GET", "/utterances?limit=1")
    assert 'rel="next"' in first.headers["Link"]
    assert [one["language"] for one in first.get_json()["utterances"]] == ["ja"]
    (english,) = send("GET", "/utterances?language=en&intent=thanks").get_json()["utterances"]
    assert (english["text"], english["version"]) == ("gib it back", 1)
