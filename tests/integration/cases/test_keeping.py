"""What is old goes by the shop's rules, a batch at a time; no figure of any report ever moves."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from cases import queries as cases
from cases import service
from cases.after import queries as asked
from cases.after.queries import Which
from oms_service.access import sessions
from oms_service.access.queries import staff_by_mail
from oms_service.access.states import Role, SessionKind
from oms_service.conversations import service as conversations
from oms_service.conversations.models import Message
from oms_service.infra.keeping import Kept
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.money import Money
from oms_service.operations.money import refunding
from oms_service.operations.people import People
from oms_service.operations.reconcile import audit
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments.states import RefundPart
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.cases import make_case, make_chat
from tests.factories.people import Marked, everything, make_marked, traces
from tests.factories.staff import make_staff, post
from tests.fakes.clock import StandingClock

DAYS = "from=2026-11-01&to=2026-11-30"
#: Where names and addresses stay until somebody asks to be forgotten.
UNTIL_ASKED = {
    "addresses",
    "assistant_tokens",
    "channel_identities",
    "customers",
    "documents",
    "identities",
    "labels",
    "order_changes",
    "orders",
    "outside_identities",
    "payment_attempts",
    "payment_methods",
    "push_browsers",
    "returns",
    "claims",
    "scans",
    "case_inbox",
    "sms_numbers",
}


def a_browser(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        found = staff_by_mail(uow.session, "operations@shop.example")
        one = found or make_staff(uow, Role.OPERATIONS)
        token = sessions.start(uow, SessionKind.STAFF, one.id, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.STAFF], token)
    return client


def reports(app: Flask, runtime: Runtime) -> Mapping[str, object]:
    """Every figure there is of cases, answer times, ratings and deliveries in those days."""
    client = a_browser(app, runtime)
    found: dict[str, object] = {}
    for by in ("", "day", "agent", "queue", "reason", "channel", "language"):
        path = f"/desk/reports/figures.csv?{DAYS}&by={by}"
        answer = client.get(path)
        assert answer.status_code == 200, path
        found[path] = answer.data
    which = Which(since=datetime(2026, 11, 1, tzinfo=UTC))
    with runtime.database.looking() as session:
        rated = asked.surveys(session, which, limit=100).items
        arrived = asked.feedbacks(session, which, limit=100).items
        lines = asked.lines_of(session, [one.id for one in arrived])
    products = [line for of in lines.values() for line in of]
    assert all((rated, arrived, products))
    found["ratings"] = [
        *(replace(one, words="") for one in rated),
        *(replace(one, words="") for one in arrived),
        *(replace(one, words="") for one in products),
    ]
    found["accuracy"] = client.get("/console/accuracy/figures.csv?" + DAYS).data
    with runtime.database.reading() as connection:
        for table, sums in (
            ("payment_entries", "count(*), sum(amount_minor)"),
            ("refunds", "count(*), sum(amount_minor)"),
            ("orders", "count(*), sum(total_minor)"),
            ("cases", "count(*), min(opened_at), max(resolved_at)"),
            ("messages", "count(*), min(at), max(at)"),
            ("case_surveys", "count(*), sum(score)"),
            ("order_feedback", "count(*), sum(score)"),
            ("order_line_feedback", "count(*), sum(score)"),
            ("stock_movements", "count(*)"),
        ):
            row = connection.execute(text(f"SELECT {sums} FROM {table}")).one()  # noqa: S608 - our own names
            found[table] = tuple(row)
    return found


def forget_all(runtime: Runtime) -> None:
    """Batch after batch, as the clock does it, until nothing is left."""
    gone = 1
    while gone:
        with runtime.unit_of_work(SYSTEM) as uow:
            gone = runtime.keeping.forget(uow)
    settle(runtime)


def due(runtime: Runtime) -> Mapping[str, int]:
    with runtime.database.looking() as session:
        days = {name: one.days for name, one in runtime.keeping.rules(session).of.items()}
        return runtime.keeping.due(session, days, now=runtime.clock.now())


def let_hold(runtime: Runtime, **days: int | None) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        held = runtime.keeping.rules(uow.session)
        all_days = {name: one.days for name, one in held.of.items()} | days
        runtime.keeping.change(uow, all_days, version=held.version)


def settle_matters(runtime: Runtime, marked: Marked) -> None:
    """A refund is paid, every case is settled and closed."""
    with runtime.unit_of_work(SYSTEM) as uow:
        wish = refunding.Wish(
            order_id=marked.order_id,
            amount=Money(300, "JPY"),
            part=RefundPart.GOODWILL,
            reason=refunding.RefundReason.APOLOGY,
            key="sorry",
            givers=[Giver.OPERATIONS],
            to_store_credit=True,
        )
        refunding.request(uow, wish)
        ids = uow.session.scalars(text("SELECT id FROM cases WHERE resolved_at IS NULL")).all()
        agent = uow.session.scalars(text("SELECT min(id) FROM staff")).one()
    with runtime.unit_of_work(staff(agent)) as uow:
        for case_id in ids:
            service.resolve(uow, case_id, code="answered", note="done", despite_others=True)
    drain(runtime)


def test_no_report_moves_when_what_is_old_goes_nor_when_its_customer_is_erased(
    app: Flask, runtime: Runtime, clock: StandingClock, tmp_path: Path
) -> None:
    marked = make_marked(app, runtime, clock, tmp_path)
    settle_matters(runtime, marked)
    clock.advance(days=20)
    sweeps = {one.name: one for one in runtime.sweeps.all()}
    for name, count in (("close-settled-cases", 3), ("forget-unsent-files", 1)):
        with runtime.unit_of_work(SYSTEM) as uow:
            assert sweeps[name].run(uow) == count
    settle(runtime)
    before = reports(app, runtime)
    assert set(traces(everything(runtime), marked.marks)) > UNTIL_ASKED - {"channel_identities"}
    clock.advance(days=4000)
    assert {name for name, count in due(runtime).items() if count} >= {
        "answers",
        "case_words",
        "conversations",
        "events",
        "inbound",
        "notices",
        "sign_ins",
        "visitor_chats",
    }
    forget_all(runtime)
    for name, sweep in sweeps.items():
        if name.startswith("forget-"):
            with runtime.unit_of_work(SYSTEM) as uow:
                sweep.run(uow)
    assert set(due(runtime).values()) == {0}
    left = traces(everything(runtime), marked.marks)
    assert set(left) <= UNTIL_ASKED
    assert reports(app, runtime) == before
    with runtime.unit_of_work(SYSTEM) as uow:
        People(runtime.keepers).erase(uow, marked.customer_id, force=True)
    drain(runtime)
    assert traces(everything(runtime), marked.marks) == {}
    assert reports(app, runtime) == before
    assert audit(runtime.database) == ()


def visitors(runtime: Runtime, count: int) -> list[int]:
    with runtime.unit_of_work(SYSTEM) as uow:
        chats = [make_chat(uow, key=f"browser {number}").id for number in range(count)]
        for chat in chats:
            conversations.receive(uow, chat, key="m", text="secret words")
    return chats


def words(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        return connection.execute(
            select(func.count()).select_from(Message).where(Message.text != "")
        ).scalar_one()


def test_chats_of_strangers_go_unless_a_case_about_them_is_open(
    runtime: Runtime, clock: StandingClock
) -> None:
    first, second, _third = visitors(runtime, 3)
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow, conversation_id=first)
    clock.advance(days=91)
    with runtime.unit_of_work(SYSTEM) as uow:
        conversations.receive(uow, second, key="n", text="still here")
    assert due(runtime)["visitor_chats"] == 1
    forget_all(runtime)
    assert words(runtime) == 3
    with runtime.unit_of_work(SYSTEM) as uow:
        service.resolve(uow, case.id, code="answered", note="done")
        keys = uow.session.scalars(text("SELECT key FROM channel_identities ORDER BY id")).all()
        assert [key.startswith("erased:") for key in keys] == [False, False, True]
    clock.advance(days=90)
    forget_all(runtime)
    assert words(runtime) == 3, "it was settled 90 days ago to the second"
    clock.advance(seconds=1)
    forget_all(runtime)
    assert words(runtime) == 0
    with runtime.database.reading() as connection:
        inbox = connection.execute(text("SELECT excerpt, btrim(words) FROM case_inbox")).one()
        assert "secret" not in "".join(inbox)
    with runtime.unit_of_work(SYSTEM) as uow:
        again = conversations.open_or_resume(
            uow, channel="webchat", key="browser 0", language=case.language
        )
        assert (again.is_new, again.id != first) == (True, True)
        assert cases.by_number(uow.session, case.number).conversation_id == first


def test_two_sweeps_at_once_and_one_that_dies_half_way_leave_each_row_once(
    runtime: Runtime, clock: StandingClock
) -> None:
    visitors(runtime, 40)
    clock.advance(days=91)
    kept = next(one for one in runtime.keeping.all() if one.name == "visitor_chats")
    before = clock.now() - timedelta(days=90)

    def sweep(_: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return kept.forget(uow, before, 10)

    def die(_: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return kept.forget(uow, before, 10) // 0

    with pytest.raises(ZeroDivisionError):
        die(0)
    assert words(runtime) == 40
    with ThreadPoolExecutor(4) as pool:
        gone = list(pool.map(sweep, range(8)))
    assert sum(gone) == 40
    assert (words(runtime), sweep(0)) == (0, 0)


def test_a_kind_that_fails_keeps_no_other(runtime: Runtime, clock: StandingClock) -> None:
    def fail(*_: object) -> int:
        raise OperationalError("", {}, TimeoutError())

    broken = Kept(name="broken", label="", goes="", stays="", days=1, due=lambda *_: 0, forget=fail)
    runtime.keeping._kinds = {"broken": broken, **runtime.keeping._kinds}
    visitors(runtime, 2)
    clock.advance(days=91)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert runtime.keeping.forget(uow) == 2
    assert words(runtime) == 0


def test_for_ever_is_for_ever_and_rules_are_bounded_and_read_before_they_are_changed(
    runtime: Runtime, clock: StandingClock
) -> None:
    visitors(runtime, 1)
    let_hold(runtime, visitor_chats=None)
    clock.advance(days=40_000)
    forget_all(runtime)
    assert words(runtime) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        held = runtime.keeping.rules(uow.session)
        days = {name: one.days for name, one in held.of.items()}
        assert held.version == 1
        for wrong in (0, -1, 36_501, 10**12):
            with pytest.raises(Invalid) as refused:
                runtime.keeping.change(uow, {**days, "events": wrong}, version=1)
            assert set(refused.value.fields) == {"events"}
        with pytest.raises(Stale):
            runtime.keeping.change(uow, days, version=0)
        assert runtime.keeping.rules(uow.session) == held
    let_hold(runtime, visitor_chats=1)
    forget_all(runtime)
    assert words(runtime) == 0


def test_the_page_shows_what_would_go_before_it_goes(
    app: Flask, runtime: Runtime, clock: StandingClock
) -> None:
    visitors(runtime, 3)
    clock.advance(days=30)
    client = a_browser(app, runtime)
    page = client.get("/console/keeping?lang=en").text
    for kept in runtime.keeping.all():
        assert f'name="days-{kept.name}"' in page
    with runtime.database.reading() as connection:
        held = runtime.keeping.rules(connection)
    typed = {f"days-{name}": one.days for name, one in held.of.items()} | {"days-visitor_chats": 29}
    looked = post(client, "/console/keeping", typed)
    assert looked.status_code == 200
    assert "3件を完全に消去する" in looked.text
    assert words(runtime) == 3
    wrong = post(client, "/console/keeping", {**typed, "days-events": "soon", "confirmed": "1"})
    assert (wrong.status_code, 'value="soon"' in wrong.text) == (422, True)
    assert due(runtime)["visitor_chats"] == 0
    done = post(client, "/console/keeping", {**typed, "confirmed": "1", "version": held.version})
    assert done.status_code == 303
    assert due(runtime)["visitor_chats"] == 3
    stale = post(
        client,
        "/console/keeping",
        {**typed, "confirmed": "1", "version": held.version},
    )
    assert stale.status_code == 303
    assert "先に変更しました" in client.get("/console/keeping").text
    forget_all(runtime)
    assert words(runtime) == 0
