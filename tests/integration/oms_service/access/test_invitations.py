"""Colleagues are invited by mail, come in once by their link, are shut out and let in again."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from cases import queries as case_queries
from cases import service as cases
from oms_service.access import invitations, queries, staff
from oms_service.access.invitations import Letters, accept_by_provider
from oms_service.access.models import Invitation, Session, Staff
from oms_service.access.staff import GrantsTooMuch, LastManager, NeverCame
from oms_service.access.states import Role, ScopeKind, StaffState
from oms_service.conversations.models import Message
from oms_service.infra.outbox import OutboxRow
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as staff_actor
from oms_service.kernel.errors import Forbidden
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_case
from tests.factories.staff import PASSWORD, make_staff, post, sign_in

NEW = {"mail": "Ren@Shop.example", "name": "高橋 蓮", "language": "en", "role": ["agent"]}
LETTERS = Letters("secret", "https://shop.example", dict.fromkeys(Language, "shop"))
OVER = "This invitation does not open anything"


@pytest.fixture
def boss(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    return client


def invited(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        return session.scalars(select(Staff.id).where(Staff.mail == "ren@shop.example")).one()


def keys_sent(runtime: Runtime) -> list[str]:
    with runtime.database.looking() as session:
        texts = session.scalars(select(Message.text).order_by(Message.id)).all()
    return [found[1] for one in texts if (found := re.search(r"/staff/invitation\?key=(\S+)", one))]


def told(runtime: Runtime, start: str = "staff.") -> list[str]:
    with runtime.database.looking() as session:
        query = select(OutboxRow.name).where(OutboxRow.name.startswith(start))
        return list(session.scalars(query.order_by(OutboxRow.id)))


def press(app: Flask, key: str, **typed: str) -> tuple[int, str]:
    given = {"key": key, "fresh": PASSWORD, "again": PASSWORD, **typed}
    answer = post(app.test_client(), "/staff/invitation?lang=en", given)
    return answer.status_code, answer.text


def state(runtime: Runtime, staff_id: int) -> StaffState:
    with runtime.database.reading() as connection:
        return queries.listed_one(connection, staff_id, runtime.clock.now()).state


def test_who_is_invited_comes_in_once_by_the_link_in_their_mail(
    app: Flask, runtime: Runtime, boss: FlaskClient
) -> None:
    assert "Send the invitation" in boss.get("/console/staff/invite").text
    assert post(boss, "/console/staff/invite", NEW).status_code == 303
    them = invited(runtime)
    (key,) = keys_sent(runtime)
    assert state(runtime, them) is StaffState.INVITED
    assert "Invited" in boss.get("/console/staff?state=invited").text
    shown = app.test_client().get(f"/staff/invitation?key={key}&lang=en")
    assert shown.status_code == 200
    assert "Welcome, 高橋 蓮" in shown.text
    for typed, words in (({"fresh": "short"}, "12 to 200"), ({"again": "other"}, "do not match")):
        status, text = press(app, key, **typed)
        assert status == 422
        assert words in text
    assert sign_in(app.test_client(), "ren@shop.example").status_code == 401
    assert press(app, key)[0] == 303
    assert state(runtime, them) is StaffState.ACTIVE
    assert sign_in(app.test_client(), "ren@shop.example").status_code == 303
    assert [one for one in told(runtime) if one != "staff.added"] == [
        "staff.signed_in",
        "staff.invited",
        "staff.sign_in_refused",
        "staff.joined",
        "staff.signed_in",
        "staff.signed_in",
    ]
    # Used, unknown, garbled: one and the same page, and nobody comes in.
    pages = [press(app, one) for one in (key, key[:-2] + "xx", "nothing")]
    said = {(status, text[text.index("<h1>") : text.index("</main>")]) for status, text in pages}
    assert len(said) == 1
    assert OVER in said.pop()[1]
    assert app.test_client().get(f"/staff/invitation?key={key}&lang=en").status_code == 410


def test_a_new_link_ends_the_old_one_and_a_withdrawn_or_late_one_opens_nothing(
    app: Flask, runtime: Runtime, boss: FlaskClient
) -> None:
    post(boss, "/console/staff/invite", NEW)
    them = invited(runtime)
    path = f"/console/staff/{them}"
    assert post(boss, f"{path}/invite-again").status_code == 303
    first, second = keys_sent(runtime)
    assert press(app, first)[0] == 410
    assert post(boss, f"{path}/withdraw").status_code == 303
    assert post(boss, f"{path}/withdraw").status_code == 303
    assert press(app, second)[0] == 410
    assert state(runtime, them) is StaffState.DEACTIVATED
    assert "was withdrawn" in boss.get(path).text
    post(boss, f"{path}/activate")
    assert state(runtime, them) is StaffState.DEACTIVATED
    assert post(boss, f"{path}/invite-again").status_code == 303
    third = keys_sent(runtime)[2]
    with runtime.unit_of_work(SYSTEM) as uow:
        late = {"created_at": uow.now.replace(year=2020), "expires_at": uow.now.replace(year=2021)}
        uow.session.execute(update(Invitation).values(late))
    assert press(app, third)[0] == 410
    assert "Invitation has run out" in boss.get("/console/staff").text
    assert told(runtime, "staff.invit") == [
        "staff.invited",
        "staff.invited",
        "staff.invitation_withdrawn",
        "staff.invited",
    ]
    with runtime.database.looking() as session:
        assert session.scalars(select(Invitation.digest)).all() != keys_sent(runtime)


def test_what_cannot_be_is_refused_and_nobody_is_written_to(
    runtime: Runtime, boss: FlaskClient
) -> None:
    wrong: Mapping[str, list[dict[str, object]]] = {
        "Enter a mail address": [
            {"mail": "nobody"},
            {"mail": "a@" + "b" * 300},
        ],
        "has this address already": [{"mail": "operations@shop.example"}],
        "Enter a name": [{"name": " "}, {"name": "x" * 200}],
        "Choose at least one role.": [{"role": []}, {"role": ["customer"]}],
        "One of these queues": [{"queue": ["999"]}],
        "One of these locations": [{"location": ["9" * 30]}],
    }
    for words, those in wrong.items():
        for one in those:
            answer = post(boss, "/console/staff/invite", {**NEW, **one})
            assert (answer.status_code, words in answer.text) == (422, True), one
    assert keys_sent(runtime) == []
    assert "staff.invited" not in told(runtime)


def test_nobody_gives_more_than_they_hold(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        lead = make_staff(uow, Role.LEAD)
        agent = make_staff(uow, Role.AGENT)
        queues = sorted(runtime.scopes[ScopeKind.QUEUE](uow.session.connection()))
        staff.limit(uow, lead.id, queues=queues[:1], locations=[])
    with runtime.unit_of_work(staff_actor(lead.id)) as uow:
        for role in (Role.OPERATIONS, Role.WAREHOUSE):
            with pytest.raises(GrantsTooMuch):
                staff.set_roles(uow, agent.mail, [Role.AGENT, role])
        for wanted in ([], queues[:2], queues[1:2]):
            newcomer = replace(queries.staff_by_id(uow.session, agent.id), is_active=False)
            with pytest.raises(GrantsTooMuch):
                staff.limit_new(
                    uow, replace(newcomer, is_active=False), queues=wanted, locations=[]
                )
        with pytest.raises(GrantsTooMuch):
            staff.limit(uow, agent.id, queues=[queues[1]], locations=[])
        with pytest.raises(GrantsTooMuch):
            staff.put_down(
                uow,
                mail="x@shop.example",
                name="x",
                password=None,
                roles=[Role.OPERATIONS],
                language=Language.JAPANESE,
                is_active=False,
            )
        staff.set_roles(uow, agent.mail, [Role.AGENT, Role.LEAD])
        staff.limit(uow, agent.id, queues=queues[:1], locations=[])
    with runtime.database.reading() as connection:
        assert queries.staff_by_id(connection, agent.id).roles == {Role.AGENT, Role.LEAD}


def test_who_is_limited_lets_nobody_in_who_reaches_more(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        limited = make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH)
        queues = sorted(runtime.scopes[ScopeKind.QUEUE](uow.session.connection()))
        staff.limit(uow, limited.id, queues=queues[:1], locations=[])
        outside = {
            "all": make_staff(uow, Role.AGENT, mail="all@shop.example"),
            "more": make_staff(uow, Role.AGENT, mail="more@shop.example"),
            "same": make_staff(uow, Role.AGENT, mail="same@shop.example"),
        }
        staff.limit(uow, outside["more"].id, queues=queues[:2], locations=[])
        staff.limit(uow, outside["same"].id, queues=queues[:1], locations=[])
        for one in outside.values():
            staff.deactivate(uow, one.id)
        invited_ids = {
            wanted: invitations.invite(
                uow,
                LETTERS,
                mail=f"new-{wanted}@shop.example",
                name="高橋 蓮",
                language=Language.ENGLISH,
                roles=[Role.AGENT],
                queues=reach,
            ).id
            for wanted, reach in (("all", ()), ("more", queues[:2]), ("same", queues[:1]))
        }
    browser = app.test_client()
    sign_in(browser, "operations@shop.example")
    before = told(runtime)
    for wanted in ("all", "more"):
        path = f"/console/staff/{outside[wanted].id}"
        assert post(browser, f"{path}/activate").status_code == 303
        assert "They may do more than you." in browser.get(path).text
        path = f"/console/staff/{invited_ids[wanted]}"
        assert post(browser, f"{path}/invite-again").status_code == 303
        assert "They may do more than you." in browser.get(path).text
        assert state(runtime, outside[wanted].id) is StaffState.DEACTIVATED
    assert told(runtime) == before
    assert len(keys_sent(runtime)) == 3
    post(browser, f"/console/staff/{outside['same'].id}/activate")
    post(browser, f"/console/staff/{invited_ids['same']}/invite-again")
    assert told(runtime) == [*before, "staff.activated", "staff.invited"]
    assert state(runtime, outside["same"].id) is StaffState.ACTIVE
    assert len(keys_sent(runtime)) == 4


def test_who_is_shut_out_is_out_at_once_and_comes_back_with_their_rights(
    app: Flask, runtime: Runtime, boss: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_staff(uow, Role.AGENT)
        case = make_case(uow)
    with runtime.unit_of_work(staff_actor(agent.id)) as uow:
        cases.take(uow, case.id)
    theirs = app.test_client()
    sign_in(theirs)
    path = f"/console/staff/{agent.id}"
    assert "1 open sign-in ends at once" in boss.get(path).text
    for _again in range(2):
        assert post(boss, f"{path}/deactivate").status_code == 303
    assert theirs.get("/staff/sessions").status_code == 303
    assert state(runtime, agent.id) is StaffState.DEACTIVATED
    assert "Let them in again" in boss.get(path).text
    drain(runtime)
    with runtime.database.looking() as session:
        assert case_queries.by_id(session, case.id).assignee_id is None
    for _again in range(2):
        assert post(boss, f"{path}/activate").status_code == 303
    assert sign_in(app.test_client()).status_code == 303
    with runtime.database.reading() as connection:
        changes = queries.changes_of(connection, agent.id)
    boss_id = staff_id_of(runtime, "operations@shop.example")
    assert [(one.by, one.data) for one in changes] == [
        (f"staff:{boss_id}", {"state": {"was": ["deactivated"], "is": ["active"]}}),
        (f"staff:{boss_id}", {"state": {"was": ["active"], "is": ["deactivated"]}}),
    ]
    names = [one for one in told(runtime) if "activated" in one]
    assert names == ["staff.deactivated", "staff.activated"]


def staff_id_of(runtime: Runtime, mail: str) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return staff.id_of(uow, mail)


def test_neither_oneself_nor_the_last_who_looks_after_colleagues_is_shut_out(
    runtime: Runtime, boss: FlaskClient
) -> None:
    me = staff_id_of(runtime, "operations@shop.example")
    page = boss.get(f"/console/staff/{me}").text
    assert "Coming and going" not in page
    assert post(boss, f"/console/staff/{me}/deactivate").status_code == 303
    with runtime.unit_of_work(staff_actor(me)) as uow, pytest.raises(Forbidden):
        staff.deactivate(uow, me)
    with runtime.unit_of_work(SYSTEM) as uow:
        with pytest.raises(LastManager):
            staff.deactivate(uow, me)
        with pytest.raises(LastManager):
            staff.set_roles(uow, "operations@shop.example", [Role.LEAD])
    assert state(runtime, me) is StaffState.ACTIVE
    assert "staff.deactivated" not in told(runtime)
    for path in ("deactivate", "activate", "withdraw", "invite-again"):
        assert post(boss, f"/console/staff/999999/{path}").status_code == 404


def test_a_provider_lets_in_who_is_invited_while_a_link_counts(
    runtime: Runtime, boss: FlaskClient
) -> None:
    post(boss, "/console/staff/invite", NEW)
    them = invited(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        with pytest.raises(NeverCame):
            staff.activate(uow, them)
        came = accept_by_provider(uow, them)
        assert came is not None
        assert came.is_active
        assert accept_by_provider(uow, them) is None
    with runtime.database.looking() as session:
        assert session.scalars(select(Invitation.ended_by)).all() == ["accepted"]
        assert session.scalars(select(Session.id).where(Session.subject_id == them)).all() == []


def test_the_list_is_narrowed_by_words_role_state_and_second_step(
    runtime: Runtime, boss: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.AGENT, name="佐藤 凛")
        packer = make_staff(uow, Role.WAREHOUSE, name="鈴木 蒼")
        staff.deactivate(uow, packer.id)

    def names(query: str) -> set[str]:
        page = boss.get(f"/console/staff?{query}").text
        return {one for one in ("佐藤 凛", "鈴木 蒼", "田中 葵") if f">{one}</a>" in page}

    assert names("") == {"佐藤 凛", "鈴木 蒼", "田中 葵"}
    assert names("q=佐藤") == names("q=AGENT@") == names("role=agent") == {"佐藤 凛"}
    assert names("state=deactivated") == {"鈴木 蒼"}
    assert names("state=active&second_step=off") == {"佐藤 凛", "田中 葵"}
    assert names("second_step=on") == names("q=%25") == names("q=%00nobody") == set()
    assert "No colleague fits" in boss.get("/console/staff?q=nobody").text
    assert boss.get("/console/staff?cursor=x").status_code == 302
    assert boss.get("/console/staff?role=x&state=x&second_step=x&lang=ja").status_code == 200
    page = boss.get("/console/roles").text
    assert "Add and deactivate colleagues" in page
    assert "1 colleague" in page
