"""The inbox without a browser: filters in the address, saved views, ticks and what follows."""

import re

from flask import Flask
from flask.testing import FlaskClient

from cases import queries as cases
from cases.states import Priority
from cases.views import CaseView
from oms_service.kernel import pages
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.integration.cases.test_desk import proof


def post(client: FlaskClient, path: str, **values: object) -> str:
    """Where it leads to."""
    answer = client.post(path, data={"csrf_token": proof(client, "/desk"), **values})
    assert answer.status_code == 303, answer.text[:500]
    return str(answer.location)


def test_typed_filters_stand_in_the_address_and_come_off_again(
    desk: FlaskClient, asked: CaseView, many: list[CaseView]
) -> None:
    moved = desk.get("/desk", query_string={"view": "open", "q": "佐藤 理由:破損"})
    assert moved.status_code == 302
    page = desk.get(f"{moved.location}&lang=ja").text
    assert "reason=damaged" in moved.location
    assert f'id="row-{asked.number}"' in page
    assert f'id="row-{many[0].number}"' not in page
    chip = re.search(r'class="inbox-chip" href="([^"]+)"', page)
    assert chip is not None
    assert "reason" not in chip[1]
    without = desk.get("/desk?view=open").text
    assert f'id="row-{many[0].number}"' in without


def test_what_was_searched_for_is_marked_and_close_ones_say_so(
    desk: FlaskClient, asked: CaseView
) -> None:
    page = desk.get("/desk?q=ﾐﾙ&lang=ja").text
    assert "<mark>ミル</mark>" in page
    close = desk.get("/desk?q=コーヒミル&lang=en").text
    assert "These come close" in close
    assert f'id="row-{asked.number}"' in close


def test_an_address_that_cannot_be_is_refused_in_words(desk: FlaskClient) -> None:
    made_up = pages.write(["priority", 1, "9999-99-99T00:00:00+00:00", 1])
    for query in (f"from={made_up}", "state=gone", "before=2026-99-99", "assignee=99999999999"):
        for path in ("/desk", "/desk/list"):
            answer = desk.get(f"{path}?view=open&{query}")
            assert answer.status_code == 422, query
            assert 'href="/desk"' in answer.text
    assert desk.get("/desk?view=nowhere&sort=up").status_code == 200


def test_the_list_goes_on_from_its_cursor(
    runtime: Runtime, desk: FlaskClient, many: list[CaseView]
) -> None:
    last = many[2]
    with runtime.database.reading() as connection:
        row = cases.by_id(connection, last.id)
    since = row.waiting_since.isoformat() if row.waiting_since else ""
    cursor = pages.write(["priority", 2, since, last.id])
    page = desk.get(f"/desk/list?view=open&from={cursor}").text
    shown = re.findall(r'id="row-(C-\d+)"', page)
    assert shown == [case.number for case in many[3:]]


def test_a_view_is_kept_opened_shared_and_taken_away(
    desk: FlaskClient, lead: FlaskClient, asked: CaseView, many: list[CaseView]
) -> None:
    there = post(desk, "/desk/views", view="open", reason="damaged", name="破損だけ", sort="due")
    page = desk.get(there).text
    assert "破損だけ" in page
    assert re.findall(r'id="row-(C-\d+)"', page) == [asked.number]
    assert "破損だけ" not in lead.get("/desk").text
    post(desk, "/desk/views", view="open", name="みんなの", is_shared="yes")
    assert "みんなの" not in lead.get("/desk").text  # an agent does not share
    there = post(lead, "/desk/views", view="open", name="みんなの", is_shared="yes")
    assert "みんなの" in desk.get("/desk").text
    public_id = there.rpartition("=")[2]
    other = desk.post(f"/desk/views/{public_id}/drop", data={"csrf_token": proof(desk, "/desk")})
    assert other.status_code == 404
    post(lead, f"/desk/views/{public_id}", name="別名", position="1", version="1")
    assert "別名" in lead.get("/desk/views").text
    post(lead, f"/desk/views/{public_id}/drop")
    assert "別名" not in lead.get("/desk/views").text
    assert "破損だけ" in desk.get("/desk/views").text


def test_a_view_without_a_name_is_refused_kindly(desk: FlaskClient, many: list[CaseView]) -> None:
    there = post(desk, "/desk/views", view="open", name=" ")
    assert "1~60文字" in desk.get(f"{there}?lang=ja").text


def test_ticked_cases_are_looked_at_then_done_with_a_bar(
    runtime: Runtime, desk: FlaskClient, asked: CaseView, many: list[CaseView]
) -> None:
    numbers = [many[0].number, many[1].number]
    there = post(desk, "/desk/bulk", action="priority", case=numbers, form_id="f1")
    assert post(desk, "/desk/bulk", action="priority", case=numbers, form_id="f1") == there
    page = desk.get(f"{there}?lang=en").text
    assert "Do it with 2 cases" in page
    assert many[0].number in page
    post(desk, f"{there}/start", priority="urgent")
    assert "<progress" in desk.get(f"{there}/live").text
    settle(runtime)
    with runtime.database.reading() as connection:
        assert cases.by_id(connection, many[0].id).priority is Priority.URGENT
    done = desk.get(f"{there}?lang=en").text
    assert "2 of 2 done" in done
    assert "Undo it for 2 cases" in done
    back = post(desk, f"{there}/undo")
    assert post(desk, f"{there}/undo") == back != there
    settle(runtime)
    undone = desk.get(f"{back}?lang=en").text
    assert "Undo: Set the priority" in undone
    assert "2 of 2 done" in undone
    assert "Undo it for" not in undone
    assert f'href="{back}"' in desk.get(there).text
    with runtime.database.reading() as connection:
        assert cases.by_id(connection, many[0].id).priority is many[0].priority
    with runtime.database.reading() as connection:
        assert cases.by_id(connection, asked.id).priority is asked.priority


def test_all_that_the_list_finds_are_taken_with_its_filters(
    desk: FlaskClient, asked: CaseView, many: list[CaseView]
) -> None:
    there = post(desk, "/desk/bulk", action="tag", all="yes", view="open", reason="other")
    assert "Do it with 5 cases" in desk.get(f"{there}?lang=en").text
    there = post(desk, "/desk/bulk", action="tag", all="yes", view="open", q="佐藤")
    assert "Do it with 1 case" in desk.get(f"{there}?lang=en").text
    post(desk, f"{there}/cancel")
    assert "Called off" in desk.get(f"{there}?lang=en").text


def test_nothing_ticked_and_not_allowed_are_refused(
    app: Flask, desk: FlaskClient, lead: FlaskClient, many: list[CaseView]
) -> None:
    assert post(desk, "/desk/bulk", action="tag") == "/desk"
    token = proof(desk, "/desk")
    number = many[0].number
    for action, status in (("assign", 403), ("gone", 422)):
        answer = desk.post(
            "/desk/bulk", data={"csrf_token": token, "action": action, "case": number}
        )
        assert answer.status_code == status, action
    there = post(lead, "/desk/bulk", action="assign", case=number)
    assert desk.get(there).status_code == 404
    assert app.test_client().get(there).status_code == 303
