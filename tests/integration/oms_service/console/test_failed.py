"""Failed steps: found, tried again or put aside, one or many, and who did it."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from oms_service.access.states import Role
from oms_service.infra import fallout, fallout_lists
from oms_service.infra.fallout import FalloutKind, FalloutRow
from oms_service.infra.fallout_lists import MOST_AT_ONCE, Wanted
from oms_service.infra.outbox import OutboxRow
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.runtime import Runtime
from tests.factories.staff import make_staff, post
from tests.integration.oms_service.console.test_console import come_in

MANY = "/console/fallout/many"


def fail(
    runtime: Runtime, what: str, *, kind: FalloutKind = FalloutKind.EFFECT, subject_id: int = 0
) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        fallout.record(
            uow,
            kind,
            subject_id=subject_id,
            step=f"step.of.{what}",
            what=what,
            cause="ConnectionError at mail:90",
            owner="operations",
            attempts=6,
        )
        return (
            uow.session.scalars(select(FalloutRow.id).order_by(FalloutRow.id.desc())).first() or 0
        )


def states(runtime: Runtime) -> dict[str, tuple[str, str, str | None]]:
    with runtime.database.looking() as session:
        rows = session.scalars(select(FalloutRow)).all()
        return {row.what: (str(row.state), row.note, row.settled_by) for row in rows}


@pytest.fixture
def operations(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.OPERATIONS)


def test_the_ticked_steps_are_tried_again_and_no_others(
    operations: FlaskClient, runtime: Runtime
) -> None:
    first, _second, third = (fail(runtime, f"one-{n}") for n in range(3))
    typed = {"step": [first, third], "do": "retry"}
    assert post(operations, MANY, typed).status_code == 303
    assert "2 steps are being tried again." in operations.get("/console/fallout").text
    found = states(runtime)
    assert {what: state for what, (state, _note, _by) in found.items()} == {
        "one-0": "retried",
        "one-1": "open",
        "one-2": "retried",
    }
    assert (found["one-0"][2] or "").startswith("staff:")
    post(operations, MANY, {"step": [first], "do": "retry"})
    page = operations.get("/console/fallout").text
    assert "Somebody has dealt with it already." in page
    assert states(runtime) == found


def test_a_step_is_put_aside_with_a_reason_or_not_at_all(
    operations: FlaskClient, runtime: Runtime
) -> None:
    number = fail(runtime, "one")
    for note in ("", "  ", "x" * 201):
        answer = post(operations, MANY, {"step": number, "do": "resolve", "note": note})
        assert answer.status_code == 422
        assert "Say in a few words how it was put right." in answer.text
        assert re.search(rf'name="step" value="{number}" data-tick checked', answer.text)
    assert states(runtime)["one"] == ("open", "", None)
    post(operations, MANY, {"step": number, "do": "resolve", "note": " sent by hand "})
    state, note, by = states(runtime)["one"]
    assert (state, note) == ("resolved", "sent by hand")
    page = operations.get("/console/fallout?view=settled").text
    assert "sent by hand" in page
    assert "Put aside" in page
    assert by is not None
    assert "by itself or by command" not in page


def test_all_of_a_kind_are_tried_again_at_once(operations: FlaskClient, runtime: Runtime) -> None:
    for n in range(3):
        fail(runtime, f"webhook-{n}", kind=FalloutKind.WEBHOOK)
    fail(runtime, "mail")
    post(operations, MANY, {"all": "yes", "kind": "webhook", "do": "retry"})
    found = {what: state for what, (state, *_rest) in states(runtime).items()}
    assert found == {**{f"webhook-{n}": "retried" for n in range(3)}, "mail": "open"}


def test_nothing_ticked_and_what_is_no_number_change_nothing(
    operations: FlaskClient, runtime: Runtime
) -> None:
    fail(runtime, "one")
    for typed in ({}, {"step": "x"}, {"step": "-1"}, {"step": "9" * 40}):
        assert post(operations, MANY, {"do": "retry", **typed}).status_code == 422
    post(operations, MANY, {"do": "retry", "step": "999999"})
    assert states(runtime)["one"][0] == "open"


def test_a_step_is_said_in_words_and_as_it_is_kept(
    operations: FlaskClient, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        reader = make_staff(uow, Role.AGENT, name="Mika Sato")
    fail(runtime, "case.opened case:7")
    fail(runtime, f"letter staff:{reader.id}", kind=FalloutKind.LETTER)
    fail(runtime, "unheard.of thing:1")
    page = operations.get("/console/fallout?lang=en").text
    said = re.findall(r"data-row>([^<]+)<", page)
    assert said == ["After “Case opened”: Case 7", "Letter to Mika Sato", "unheard.of thing:1"]
    assert "case.<wbr>opened case:<wbr>7" in page or "case.<wbr>opened case:7" in page
    page = operations.get("/console/fallout?lang=ja").text
    assert "Mika Satoへのメール" in re.findall(r"data-row>([^<]+)<", page)


def test_steps_are_found_by_kind_and_by_a_part_of_what_is_shown(
    operations: FlaskClient, runtime: Runtime
) -> None:
    fail(runtime, "mail_100%")
    fail(runtime, "label", kind=FalloutKind.LABEL)

    def found(query: str) -> list[str]:
        page = operations.get(f"/console/fallout?{query}").text
        return [what for what in ("mail_100%", "label") if f"data-row>{what}<" in page]

    assert found("") == ["mail_100%", "label"]
    assert found("kind=label") == ["label"]
    assert found("q=OF.LABEL") == ["label"]
    assert found("q=100%25") == ["mail_100%"]
    assert found("q=%25%25") == []
    assert found("kind=unheard-of&cursor=nonsense") == []
    assert "No step fits" in operations.get("/console/fallout?q=nobody").text


def test_lists_go_page_by_page_and_refuse_cursors_of_others(runtime: Runtime) -> None:
    numbers = [fail(runtime, f"one-{n}") for n in range(5)]
    with runtime.unit_of_work(SYSTEM) as uow:
        assert fallout_lists.resolve(uow, numbers[:3], note="by hand") == 3
    with runtime.database.looking() as session:
        first = fallout_lists.waiting(session, Wanted(), limit=1)
        rest = fallout_lists.waiting(session, Wanted(), cursor=first.next_cursor or "", limit=9)
        assert [one.id for one in (*first.items, *rest.items)] == numbers[3:]
        past = fallout_lists.settled(session, Wanted(), limit=2)
        older = fallout_lists.settled(session, Wanted(), cursor=past.next_cursor or "", limit=2)
        assert [one.step.id for one in (*past.items, *older.items)] == numbers[2::-1]
        for ask in (fallout_lists.waiting, fallout_lists.settled):
            with pytest.raises(Invalid):
                ask(session, Wanted(), cursor="nonsense")
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        fallout_lists.retry(uow, range(MOST_AT_ONCE + 1))


def test_two_who_press_at_once_try_each_step_again_once(runtime: Runtime) -> None:
    numbers = [fail(runtime, f"one-{n}") for n in range(5)]
    together = Barrier(2)

    def press(_who: int) -> int:
        together.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            return fallout_lists.retry(uow, numbers)

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(press, range(2))) == len(numbers)
    settled = select(func.count()).where(OutboxRow.name == "fallout.settled")
    with runtime.database.looking() as session:
        assert session.scalar(settled) == len(numbers)
