"""The chat is taught: by one press from what it missed, by hand, by files; and it forgets."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from bots.learning import queries, service
from bots.learning.service import NothingMissed, SeedTaken
from bots.learning.states import Outcome
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff, post, sign_in
from tests.integration.bots.test_inbound import Chat

PAGE = "/desk/settings/learning"
WORDS = "ぽよぽよ大作戦を発動してください"


def test_what_was_missed_is_taught_with_one_press(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.AGENT)
    Chat(runtime).send(f"{WORDS} 090-1234-5678")
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
