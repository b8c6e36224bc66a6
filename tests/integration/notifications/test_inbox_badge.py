"""What is unread stands on every page of a customer, and is asked anew when it is looked at."""

import re

from flask import Flask
from sqlalchemy import text

from notifications import rules, service, told
from notifications.examples import facts_of
from notifications.service import Told
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.shop import make_customer
from tests.integration.cases.test_portal_waiting import signed_in
from tests.queries import counted

NOW = "/account/inbox/unread"


def tell(runtime: Runtime, customer_id: int, *keys: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for key in keys:
            one = Told(
                rule=rules.REFUND_PAID,
                key=key,
                customer_id=customer_id,
                language=Language.ENGLISH,
                facts=facts_of("refund_paid"),
            )
            service.tell(uow, one, zone=runtime.settings.zone)


def number(page: str) -> str:
    found = re.search(r'id="inbox-badge".*?</div>', page, re.S)
    said = found[0] if found else page
    return "".join(re.findall(r'class="count" aria-hidden="true">([^<]+)<', said))


def test_it_counts_ones_own_and_goes_once_read(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        me, other = make_customer(uow), make_customer(uow, "emma.brown@example.com")
    mine, theirs = signed_in(app, runtime, me), signed_in(app, runtime, other)
    assert number(mine.get("/account").text) == ""
    tell(runtime, me, "a", "b")
    page = mine.get("/account").text
    assert number(page) == "2"
    assert 'data-rests hx-get="/account/inbox/unread" hx-trigger="live"' in page
    assert "data-live" not in re.findall(r'<div class="bell"[^>]*>', page)[0]
    tell(runtime, me, "c")
    asked = mine.get(NOW, headers={"Accept-Language": "en"})
    assert (asked.status_code, number(asked.text)) == (200, "3")
    assert number(theirs.get(NOW).text) == ""
    with runtime.unit_of_work(SYSTEM) as uow:
        told.read_all(uow, me)
    assert number(mine.get(NOW).text) == ""


def test_more_than_a_hundred_are_not_counted_out(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        me = make_customer(uow)
    tell(runtime, me, "first")
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text(
                "INSERT INTO notices (key, customer_id, template, matter, rule_version, language,"
                " channel, facts, state, why, at) SELECT 'n' || i, customer_id, template, '', 0,"
                " language, channel, '{}', 'spoken', '', at FROM notices, generate_series(1, 150) i"
            )
        )
    client = signed_in(app, runtime, me)
    assert number(client.get(NOW).text) == "99+"
    with runtime.database.looking() as session:
        assert told.unread(session, me) == 151


def test_who_is_not_signed_in_has_none_and_is_told_nothing(app: Flask, runtime: Runtime) -> None:
    client = app.test_client()
    assert 'id="inbox-badge"' not in client.get("/").text
    assert client.get(NOW).status_code in {302, 303, 401}
    with runtime.unit_of_work(SYSTEM) as uow:
        me = make_customer(uow)
    mine = signed_in(app, runtime, me)
    mine.get(NOW)
    with counted(runtime.database) as statements:
        assert mine.get(NOW).status_code == 200
    assert len(statements) <= 3
