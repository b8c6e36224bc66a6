"""Talks with the chat are kept as codes, found, replayed and counted; words stay with messages."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from bots.talks import figures, queries, service
from bots.talks.asking import Wanted
from bots.talks.figures import By
from bots.talks.states import TalkOutcome, TurnOutcome, Why
from bots.talks.views import TalkView
from cases import opening
from cases import service as cases
from oms_service.access.states import Role
from oms_service.infra import keeping
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.accuracy import Period
from tests.factories.orders import MAIL, make_delivered_order, make_shipped_order
from tests.factories.shop import Shop
from tests.factories.staff import bearer, make_key, make_staff, sign_in
from tests.fakes.clock import StandingClock
from tests.integration.bots.test_inbound import Chat, rows, shop

__all__ = ["shop"]
DESK = "/desk/conversations"


def days_of(runtime: Runtime, clock: StandingClock) -> Wanted:
    zone = runtime.settings.zone
    today = clock.now().astimezone(zone).date()
    return Wanted(period=Period(today - timedelta(days=6), today, zone))


def talks_in(runtime: Runtime, clock: StandingClock, chat: Chat) -> list[TalkView]:
    with runtime.database.reading() as connection:
        found = queries.several(connection, days_of(runtime, clock), now=clock.now()).items
    return [one for one in found if one.conversation_id == chat.id]


@pytest.fixture
def talked(runtime: Runtime, shop: Shop, clock: StandingClock) -> dict[str, Chat]:
    """Four talks: answered, handed over, given up, and one in which a return was agreed to."""
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10423")
        make_delivered_order(uow, shop, number="A-10407")
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.AUDITOR)
        make_staff(uow, Role.WAREHOUSE)
    answered, passed = Chat(runtime, "a"), Chat(runtime, "b", "en")
    for words in ("注文はどこですか", "A-10423", MAIL, "ありがとう"):
        answered.ask(words)
    for words in ("Where is my order A-10423?", "eve@example.com", "let me talk to a human"):
        passed.ask(words)
    unclear = Chat(runtime, "c", "en")
    unclear.ask("blorb the fnord")
    returned = Chat(runtime, "d")
    for words in (f"A-10407を返品したいです {MAIL}", "1個", "イメージと違った"):
        returned.ask(words)
    clock.advance(hours=2)
    return {"answered": answered, "passed": passed, "unclear": unclear, "returned": returned}


def test_a_talk_ends_as_it_did_and_says_why(
    runtime: Runtime, clock: StandingClock, talked: dict[str, Chat]
) -> None:
    wanted = days_of(runtime, clock)
    with runtime.database.reading() as connection:
        found = queries.several(connection, wanted, now=clock.now()).items
        ended = {one.conversation_id: (one.outcome, one.why) for one in found}
        by_wish = figures.report(connection, wanted, now=clock.now(), by=By.INTENT)
        (whole,) = figures.report(connection, wanted, now=clock.now())
    assert ended == {
        talked["answered"].id: (TalkOutcome.CONTAINED, None),
        talked["passed"].id: (TalkOutcome.HANDED_OVER, Why.UNPROVEN),
        talked["unclear"].id: (TalkOutcome.GIVEN_UP, None),
        talked["returned"].id: (TalkOutcome.GIVEN_UP, None),
    }
    assert (whole.talks, whole.contained, whole.handed_over, whole.given_up) == (4, 1, 1, 2)
    assert whole.why == {Why.UNPROVEN: 1}
    of = {one.key: one for one in by_wish}
    assert (of["track_order"].contained, of["track_order"].handed_over) == (1, 1)
    assert (of["return_item"].shown, of["return_item"].given_up) == (1, 1)
    assert sum(one.turns for one in by_wish) == 11
    seen, cursor = [], ""
    with runtime.database.reading() as connection:
        while True:
            page = queries.several(connection, wanted, now=clock.now(), cursor=cursor, limit=1)
            seen += [one.conversation_id for one in page.items]
            if page.next_cursor is None:
                break
            cursor = page.next_cursor
    assert seen == sorted((chat.id for chat in talked.values()), reverse=True)


def test_a_yes_counts_silence_begins_a_talk_anew_and_a_colleague_who_writes_is_seen(
    runtime: Runtime, clock: StandingClock, talked: dict[str, Chat]
) -> None:
    talked["returned"].ask("はい")  # its time was over, so that it is shown again
    talked["returned"].ask("はい")
    with runtime.database.reading() as connection:
        talk = queries.several(connection, days_of(runtime, clock), now=clock.now()).items[0]
        turns = list(queries.turns(connection, talk.id).values())
        (whole,) = figures.report(connection, days_of(runtime, clock), now=clock.now())
    assert (whole.shown, whole.confirmed, whole.open) == (2, 1, 1)
    assert turns[-1].outcome is TurnOutcome.DONE
    assert (turns[-1].wish, turns[-1].calls[0]) == ("return_item", ("carry_out", "ok"))
    assert talk.outcome is TalkOutcome.OPEN
    chat = talked["answered"]
    chat.ask("送料はいくらですか")
    clock.advance(hours=13)
    chat.ask("人と話したい")
    assert [one.turns for one in talks_in(runtime, clock, chat)] == [1, 5]
    with runtime.unit_of_work(SYSTEM) as uow:
        colleague = make_staff(uow, Role.AGENT)
    with runtime.unit_of_work(staff(colleague.id)) as uow:
        for name in ("unclear", "passed"):
            case = opening.open_case(
                uow,
                reason="other",
                language=Language.ENGLISH,
                channel="webchat",
                conversation_id=talked[name].id,
            )
            cases.reply(uow, case.id, "Hello, how can I help?")
    drain(runtime)
    whys = [talks_in(runtime, clock, talked[name])[0].why for name in ("unclear", "passed")]
    assert whys == [Why.STEPPED_IN, Why.UNPROVEN]


def test_the_desk_finds_replays_and_masks(
    app: Flask, runtime: Runtime, clock: StandingClock, talked: dict[str, Chat]
) -> None:
    lead, auditor, warehouse = app.test_client(), app.test_client(), app.test_client()
    sign_in(lead, "lead@shop.example")
    sign_in(auditor, "auditor@shop.example")
    sign_in(warehouse, "warehouse@shop.example")
    assert warehouse.get(DESK).status_code == 403
    page = lead.get(DESK).text
    assert page.count("data-desk-case") == 4
    assert "注文はどこですか" in page
    assert "misaki" not in auditor.get(DESK).text
    assert "注文はどこですか" not in auditor.get(f"{DESK}?q=どこですか").text
    for query, count in (
        ("q=どこですか", 1),
        ("q=fnord&outcome=given_up", 1),
        ("q=100%25", 0),
        ("intent=track_order", 2),
        ("intent=return_item&customer=known", 1),
        ("customer=unknown", 2),
        ("language=en&channel=webchat", 2),
        ("outcome=contained", 1),
        ("outcome=dance&from=yesterday&to=3000-01-01&language=xx", 4),
        ("from=2001-01-01&to=2001-02-01", 0),
        (f"q={MAIL}", 0),
        ("q=" + "x" * 200, 4),
    ):
        answer = lead.get(f"{DESK}?{query}")
        assert (query, answer.status_code, answer.text.count("data-desk-case")) == (
            query,
            200,
            count,
        )
    assert lead.get(f"{DESK}?cursor=nonsense").status_code == 302
    (talk,) = talks_in(runtime, clock, talked["returned"])
    replay = lead.get(f"{DESK}/{talk.id}").text
    assert "A-10407" in replay
    assert "イメージと違った" in replay
    assert replay.count("talk-turn") == 3
    masked = auditor.get(f"{DESK}/{talk.id}").text
    assert "イメージと違った" not in masked
    assert masked.count("talk-turn") == 3
    for after in ("999999999999999", "-1", "x"):
        assert lead.get(f"{DESK}/{talk.id}?after={after}").status_code == 200
    for nobody in ("999999", "99999999999999999999"):
        assert lead.get(f"{DESK}/{nobody}").status_code == 404


def test_figures_say_the_same_on_the_page_in_the_file_and_to_programs_and_outlast_turns(
    app: Flask, runtime: Runtime, clock: StandingClock, talked: dict[str, Chat]
) -> None:
    lead, agent, program = app.test_client(), app.test_client(), app.test_client()
    with runtime.unit_of_work(SYSTEM) as uow:
        _key, secret = make_key(uow, "reports:read")
        make_staff(uow, Role.AGENT)
    sign_in(lead, "lead@shop.example")
    sign_in(agent, "agent@shop.example")
    assert agent.get(f"{DESK}/figures").status_code == 403
    for by in By:
        assert lead.get(f"{DESK}/figures?by={by}").status_code == 200
        table = lead.get(f"{DESK}/figures.csv?by={by}").data.decode("utf-8-sig")
        held = list(csv.DictReader(io.StringIO(table)))
        said = program.get(f"/v1/chat-containment?by={by}", headers=bearer(secret)).get_json()
        assert [one["key"] for one in said["lines"]] == [one[str(by)] for one in held]
        assert [one["figures"]["talks"] for one in said["lines"]] == [
            int(one["talks"]) for one in held
        ]
    assert said["figures"]["why"]["unproven"] == 1
    assert said["figures"]["containment"] == 0.25
    wrong = program.get("/v1/chat-containment?intent=dance&from=never", headers=bearer(secret))
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.get_json()["errors"]} == {"intent", "from"}
    assert lead.get(f"{DESK}/figures?from=2001-01-01&to=2001-01-02").status_code == 200
    wanted = days_of(runtime, clock)
    with runtime.database.reading() as connection:
        before = figures.report(connection, wanted, now=clock.now(), by=By.INTENT)
    summed = (
        "SELECT count(*) FROM (SELECT talk_id, wish, count(*) AS n FROM talk_turns GROUP BY 1, 2) t"
        " FULL JOIN talk_wishes w USING (talk_id, wish) WHERE t.n IS DISTINCT FROM w.turns"
    )
    assert rows(runtime, summed) == [0]
    later = clock.now() + timedelta(days=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert service.old_turns(uow.session, later) == 11
        assert service.forget_turns(uow, later, keeping.BATCH) == 11
        assert service.forget_turns(uow, later, keeping.BATCH) == 0
    with runtime.database.reading() as connection:
        assert figures.report(connection, wanted, now=clock.now(), by=By.INTENT) == before
        assert connection.scalar(text("SELECT count(*) FROM talk_turns")) == 0
