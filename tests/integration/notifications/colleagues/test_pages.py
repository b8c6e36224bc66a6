"""The bell, the list and the choices of a colleague, by their pages."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases import service
from cases.routing import agents
from cases.routing.states import Presence
from cases.together import queries as together
from cases.views import CaseView
from notifications.colleagues import rules, wishes
from notifications.colleagues import service as notices
from notifications.colleagues.service import Fact
from notifications.colleagues.states import Kind, Way
from oms_service.access import queries as access
from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.staff import make_staff, post, sign_in
from tests.integration.notifications.colleagues.telling import rows, told

MAIL = "aoi@desk.example"


def an_agent(runtime: Runtime, mail: str = MAIL, name: str = "Grace Taylor") -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        me = make_agent(uow, mail, name=name, language=Language.ENGLISH)
        agents.set_presence(uow, me, Presence.AWAY)
    return me


def a_case(runtime: Runtime) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_case(uow, conversation_id=make_chat(uow).id)
    drain(runtime)
    return made


def at_desk(app: Flask, mail: str = MAIL) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, mail, PASSWORD).status_code == 303
    return client


def tell(runtime: Runtime, me: int, case: CaseView, *keys: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for key in keys:
            fact = Fact(
                rule=rules.MENTIONED,
                key=key,
                matter=f"case:{case.id}",
                path=f"/desk/cases/{case.number}",
                facts={"case": case.number},
                case_id=case.id,
                queue_id=case.queue_id,
            )
            one = access.staff_by_id(uow.session, me)
            assert notices.tell(uow, fact, [one], zone=runtime.settings.zone) == (me,)


def test_every_page_of_staff_has_the_bell_and_no_other_page(app: Flask, runtime: Runtime) -> None:
    me, case = an_agent(runtime), a_case(runtime)
    desk = at_desk(app)
    assert 'title="Your notices"' in desk.get("/desk/tasks").text
    tell(runtime, me, case, "a", "b")
    for path in ("/desk/tasks", "/console/orders", "/notices"):
        page = desk.get(path).text
        assert 'title="Your notices: 2 unread"' in page, path
        assert page.count('id="bell"') == 1
    assert "Your notices: 2 unread" in desk.get("/notices/bell").text
    assert 'id="bell"' not in desk.get("/find").text
    assert app.test_client().get("/notices").status_code in {302, 303}
    assert app.test_client().get("/notices/bell").status_code in {302, 303, 401}


def test_opening_a_notice_leads_to_its_thing_and_reads_it(app: Flask, runtime: Runtime) -> None:
    me, case = an_agent(runtime), a_case(runtime)
    tell(runtime, me, case, "a")
    desk = at_desk(app)
    page = desk.get("/notices").text
    assert "A colleague calls you in a note of" in page
    (row,) = rows(runtime, me)
    for _ in range(2):
        answer = desk.get(f"/notices/{row.id}")
        assert (answer.status_code, answer.location) == (303, f"/desk/cases/{case.number}")
    assert told(runtime, me) == [("mentioned", "read")]


def test_opening_the_thing_itself_reads_what_is_told_of_it(app: Flask, runtime: Runtime) -> None:
    me, case, other = an_agent(runtime), a_case(runtime), a_case(runtime)
    tell(runtime, me, case, "a")
    tell(runtime, me, other, "b")
    desk = at_desk(app)
    assert desk.get(f"/desk/cases/{case.number.removeprefix('C-')}").status_code == 200
    assert [how for _rule, how in told(runtime, me)] == ["read", "unread"]
    here = {"HX-Current-URL": f"http://localhost/desk/cases/{other.number}?x=1"}
    assert "Your notices: 1 unread" in desk.get("/notices/bell").text
    assert "unread" not in desk.get("/notices/bell", headers=here).text
    assert [how for _rule, how in told(runtime, me)] == ["read", "read"]


def test_called_once_it_is_read_once_in_the_bell_and_in_the_list_for_me(
    app: Flask, runtime: Runtime
) -> None:
    me, case, other = an_agent(runtime), a_case(runtime), a_case(runtime)
    caller = an_agent(runtime, "ken@desk.example", "Ken Sato")
    for one in (case, other):
        with runtime.unit_of_work(staff(caller)) as uow:
            service.note(uow, one.id, "@aoi ?")
    drain(runtime)
    desk = at_desk(app)

    def unread() -> tuple[int, list[str]]:
        with runtime.database.reading() as connection:
            in_list = together.unread(connection, access.staff_by_id(connection, me))
        return in_list, [how for _rule, how in told(runtime, me)]

    assert unread() == (2, ["unread", "unread"])
    desk.get(f"/desk/cases/{case.number}")
    assert unread() == (1, ["read", "unread"])
    post(desk, "/desk/for-me/read", {"up_to": 10**9, "case": case.number})
    assert unread() == (1, ["read", "unread"])
    post(desk, "/desk/for-me/read", {"up_to": 10**9, "case": other.number})
    assert unread() == (0, ["read", "read"])


def test_marked_as_read_and_taken_back(app: Flask, runtime: Runtime) -> None:
    me, case = an_agent(runtime), a_case(runtime)
    tell(runtime, me, case, "a", "b")
    desk = at_desk(app)
    first, second = rows(runtime, me)
    assert post(desk, f"/notices/{first.id}/read").status_code == 303
    assert "1 notice is read." in desk.get("/notices").text
    assert post(desk, "/notices/read", {"up_to": second.id}).status_code == 303
    press = rows(runtime, me)[1].read_in
    tell(runtime, me, case, "c")
    assert press
    for _ in range(2):
        assert post(desk, "/notices/unread", {"press": press}).status_code == 303
    assert "taken back already" in desk.get("/notices").text
    assert [how for _rule, how in told(runtime, me)] == ["read", "unread", "unread"]
    for wrong in ("x", "", "9" * 30, "-1"):
        assert post(desk, "/notices/read", {"up_to": wrong}).status_code == 303
    assert [how for _rule, how in told(runtime, me)] == ["read", "unread", "unread"]


def test_anothers_notice_is_not_there(app: Flask, runtime: Runtime) -> None:
    me, other, case = an_agent(runtime), an_agent(runtime, "b@desk.example", "Ben"), a_case(runtime)
    tell(runtime, other, case, "a")
    (row,) = rows(runtime, other)
    desk = at_desk(app)
    for number in (row.id, row.id + 99):
        assert desk.get(f"/notices/{number}").status_code == 404
        assert post(desk, f"/notices/{number}/read").status_code == 404
    post(desk, "/notices/read", {"up_to": row.id})
    assert told(runtime, other) == [("mentioned", "unread")]
    assert told(runtime, me) == []
    assert "Nothing new for you" in desk.get("/notices").text


def test_unread_ones_come_first_and_the_list_goes_on(app: Flask, runtime: Runtime) -> None:
    me, case = an_agent(runtime), a_case(runtime)
    tell(runtime, me, case, *(f"k{n}" for n in range(40)))
    with runtime.unit_of_work(staff(me)) as uow:
        newest = rows(runtime, me)[-1].id
        notices.read(uow, me, [newest])
    desk = at_desk(app)
    page = desk.get("/notices").text
    assert page.count('/read"') == 31  # thirty, and all at once
    following = page.partition('href="/notices?after=')[2].partition('"')[0]
    second = desk.get(f"/notices?after={following}").text
    assert second.count("desk-case-who") == 10
    assert f'href="/notices/{newest}"' in second
    assert desk.get("/notices?after=nonsense").status_code == 422


def test_an_old_notice_says_why(app: Flask, runtime: Runtime) -> None:
    me, case = an_agent(runtime), a_case(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        lead = make_staff(uow, Role.LEAD).id
    with runtime.unit_of_work(staff(lead)) as uow:
        service.assign(uow, case.id, me)
    drain(runtime)
    with runtime.unit_of_work(staff(me)) as uow:
        service.resolve(uow, case.id, code="answered", note="done")
    drain(runtime)
    desk = at_desk(app)
    page = desk.get("/notices").text
    assert "The case is settled" in page
    assert "Mark all as read" not in page
    assert "受付は解決済み" in desk.get("/notices?lang=ja").text


def test_choices_are_kept_and_what_is_wrong_changes_nothing(app: Flask, runtime: Runtime) -> None:
    me = an_agent(runtime)
    desk = at_desk(app)
    path = "/notices/choices"
    page = desk.get(path).text
    assert "Cases given to you" in page
    assert "Steps that failed" not in page  # an agent is told of none
    assert "Stock running low" not in page
    assert page.count('value="not"') == 4
    typed = {
        "given": "mail",
        "answers": "not",
        "times": "bell",
        "quiet_from_h": "22",
        "quiet_until_h": "7",
        "zone": "Europe/Berlin",
    }
    for _ in range(2):
        assert post(desk, path, typed).status_code == 303
    with runtime.database.looking() as session:
        wish = wishes.of(session, [me], shop=runtime.settings.zone)[me]
    assert (wish.way(Kind.GIVEN), wish.way(Kind.ANSWERS)) == (Way.MAIL, Way.NOT)
    assert (str(wish.zone), wish.quiet_from_h, wish.quiet_until_h) == ("Europe/Berlin", 22, 7)
    for name, wrong in (
        ("times", "not"),
        ("zone", "Mars/Base"),
        ("quiet_from_h", "24"),
        ("quiet_until_h", "x"),
    ):
        answer = post(desk, path, {**typed, "given": "not", name: wrong})
        assert answer.status_code == 422, name
        assert "Please check these points" in answer.text
    with runtime.database.looking() as session:
        assert wishes.of(session, [me], shop=runtime.settings.zone)[me] == wish
        count = session.execute(text("SELECT count(*) FROM colleague_wishes")).scalar()
    assert count == 1
