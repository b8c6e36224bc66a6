"""A person of whom everything personal is kept, and what a whole database says of anybody."""

import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text

from bots.line import queries as line_queries
from bots.line import service as line
from bots.line.shapes import Happened, Kind
from bots.mcp import tokens
from bots.slack import workspaces
from bots.slack.customers import keeping as slack_keeping
from bots.slack.customers import shapes as slack_shapes
from cases import deciding
from cases import queries as case_queries
from cases import service as cases
from cases.after import feedback, surveys
from cases.after import queries as asked
from cases.after import rules as after_rules
from cases.after.views import Given
from cases.taxonomy import fields
from cases.taxonomy.fields import FieldWish
from cases.taxonomy.states import FieldKind
from cases.together import tasks
from cases.together.states import Team
from cases.writing import answering, drafts
from notifications.push import subscribing
from notifications.sms import numbers
from oms_service.access import codes, outside, sessions
from oms_service.access.states import SessionKind
from oms_service.adapters.oidc.client import Named
from oms_service.conversations import service as conversations
from oms_service.conversations.channels import SLACK
from oms_service.conversations.models import Message
from oms_service.customers import queries as customers
from oms_service.customers import zones
from oms_service.documents import service as papers
from oms_service.documents.service import Sold
from oms_service.importing.tables.run import How, load_file
from oms_service.infra import inbound, relay
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind, customer, staff
from oms_service.kernel.ids import numeric_code
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import ShipElsewhere
from oms_service.operations.dispatch import shipping
from oms_service.operations.money import billing
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import Payment, PlaceOrder, WantedLine
from oms_service.operations.returning import claiming, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.orders import queries as order_queries
from oms_service.payments import attempts
from oms_service.payments import bulk as paying
from oms_service.payments.attempts import Waiting, WantedAttempt
from oms_service.payments.states import EntryKind, MethodKind, Purpose
from oms_service.relay import drain
from oms_service.returns.states import ClaimReason, Remedy, ReturnReason
from oms_service.runtime import Runtime
from oms_service.shipping import queries as parcels
from tests.factories.cases import make_agent, make_case
from tests.factories.documents import ISSUER
from tests.factories.files import upload
from tests.factories.orders import CARRIER, MadeOrder, deliver
from tests.factories.rings import wanted as a_browser
from tests.factories.shop import Shop, make_shop
from tests.factories.warehouse import (
    COFFEE_BARCODE,
    fulfilment_of,
    furnish,
    label,
    pack_all,
    pick_all,
    start_list,
)
from tests.fakes.clock import StandingClock
from tests.fakes.push_service import Browser as PushBrowser
from tests.flows.test_track_in_chat import Browser

Database = dict[str, list[str]]


@dataclass(frozen=True)
class Marked:
    """A person, and the words by which every trace of them can be told."""

    customer_id: int
    order_id: int
    other_id: int
    browser: Browser
    mail: str
    marks: tuple[str, ...]


def make_marked(
    app: Flask, runtime: Runtime, clock: StandingClock, folder: Path, *, mark: str = "Zundamochi"
) -> Marked:
    """A shop with one customer, who did all that leaves traces, by the product's own doors."""
    mail, phone, postal = f"{mark}@example.jp", "090-5550-9876", "987-6543"
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        furnish(uow, shop)
        agent = make_agent(uow)
        held = after_rules.in_force(uow.session)
        at_once = replace(held, ask_after_minutes=0, feedback_after_hours=0, not_again_days=0)
        after_rules.change(uow, at_once)
    people = folder / "people.csv"
    people.write_text(
        "customer_ref,mail,phone,family_name,given_name,family_name_kana,given_name_kana,"
        "recipient,postal_code,region,city,line1,line2\n"
        f"R{mark},{mail},{phone},F{mark},G{mark},K{mark},k{mark},"
        f"N{mark},{postal},P{mark},C{mark},L{mark},M{mark}\n",
        encoding="utf-8",
    )
    load_file(runtime, "customers", people, How(channel="web"))
    with runtime.database.reading() as connection:
        (found,) = customers.search(connection, mail)
    with runtime.unit_of_work(SYSTEM) as uow:
        zones.choose(uow, found.id, "America/Los_Angeles")
    _prove_number(runtime, found.id, "+819055509876")
    order = _buy(runtime, shop, found.id, mark=mark, mail=mail, phone=phone, postal=postal)
    order = _send(runtime, shop, order, mark)
    _carrier_tells(runtime, order, mark)
    with runtime.unit_of_work(SYSTEM) as uow:
        deliver(uow, order, uow.now - timedelta(days=1))
        codes.send_code(uow, mail, Language.JAPANESE)
        sessions.start(
            uow, SessionKind.CUSTOMER, found.id, device=f"{mark} on Linux", instead_of=None
        )
        elsewhere = conversations.open_or_resume(
            uow, channel="webchat", key="another browser", language=Language.JAPANESE
        )
        conversations.claim(uow, elsewhere.id, mail)
        conversations.say_by_mail(
            uow,
            to=mail,
            customer_id=found.id,
            language=Language.JAPANESE,
            subject=f"{mark}様へ",
            text=f"{mark}様、いつもありがとうございます",
        )
        conversations.receive(uow, elsewhere.id, key="m1", text=f"{mark}です")
    upload(runtime, customer(found.id), f"customer:{found.id}", name=f"{mark}.jpg")
    drain(runtime)
    browser = Browser(app, "ja")
    _talk(browser, order.number, mail, mark)
    _decide(runtime, order, agent, mark)
    _judge(runtime, order, found.id, mark)
    _decide_at_the_desk(runtime, order, agent, mark)
    _work_on(runtime, order, found.id, agent, mark)
    drain(runtime)
    _run_effects(runtime)
    _write_on_line(runtime, found.id, mark)
    _write_in_slack(runtime, found.id, mark)
    with runtime.unit_of_work(SYSTEM) as uow:
        tokens.issue(uow, found.id, label=f"{mark}の助手", days=30)
    _come_by_a_provider(runtime, found.id, mark)
    with runtime.unit_of_work(SYSTEM) as uow:
        at = f"https://push.example/send/{mark}"
        subscribing.switch_on(
            uow, found.id, a_browser(PushBrowser(), at, device=f"{mark} on Linux")
        )
    marks = (mark, "819055509876", "09055509876", phone, "9876543", postal)
    return Marked(found.id, order.id, shop.customer_id, browser, mail, marks)


def _come_by_a_provider(runtime: Runtime, customer_id: int, mark: str) -> None:
    """Once to be known by it, and once more that is under way."""
    for subject in (mark, f"{mark} again"):
        named = Named("https://provider.example", subject, None, mark, has_second_step=False)
        with runtime.unit_of_work(SYSTEM) as uow:
            token = outside.set_out(uow, SessionKind.CUSTOMER, "line", f"/orders?q={mark}")
            outside.come_back(uow, SessionKind.CUSTOMER, "line", token)
            outside.wait_for_proof(uow, token, named)
            if subject == mark:
                outside.link_waiting(uow, token, customer_id)


def everything(runtime: Runtime, *, but: frozenset[str] = frozenset()) -> Database:
    """Every row of every table as text; ``table`` or ``table.column`` may be left out."""
    with runtime.database.reading() as connection:
        tables = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).all()
        return {
            table: sorted(
                json.dumps(
                    {name: it for name, it in row.items() if f"{table}.{name}" not in but},
                    ensure_ascii=False,
                    sort_keys=True,
                )
                for row in connection.scalars(text(f'SELECT to_jsonb(t) FROM "{table}" t'))  # noqa: S608 - a table's own name
            )
            for table in tables
            if table not in but
        }


def traces(database: Database, marks: tuple[str, ...]) -> dict[str, list[str]]:
    """Where any of the marks is found: as text in any case, or in bytes."""
    wanted = [form for mark in marks for form in (mark.lower(), mark.encode().hex())]
    return {
        table: hits
        for table, rows in database.items()
        if (hits := [row for row in rows if any(form in row.lower() for form in wanted)])
    }


def _prove_number(runtime: Runtime, customer_id: int, number: str) -> None:
    """For short messages, by the code that is sent there."""
    with runtime.unit_of_work(SYSTEM) as uow:
        numbers.ask(uow, customer_id, number, language=Language.JAPANESE, shop="MINATO")
        said = uow.session.scalars(select(Message.text).order_by(Message.id.desc())).first()
        (code,) = re.findall(r"\d{6}", said or "")
        assert numbers.prove(uow, customer_id, code, source="portal")


def _buy(
    runtime: Runtime, shop: Shop, customer_id: int, *, mark: str, mail: str, phone: str, postal: str
) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        (method,) = paying.reserve_methods(uow.session, 1)
        card = paying.MethodRow(
            id=method,
            customer_id=customer_id,
            kind=MethodKind.CARD,
            token=f"tok_{mark}",
            brand=f"{mark} Card",
            last_four="4242",
        )
        paying.add_methods(uow.session, [card], [])
        paid = Payment(kind=EntryKind.CAPTURED, amount=Money(2000, "JPY"), method_id=method)
        placed = placing.place(
            uow,
            PlaceOrder(
                channel="web",
                external_ref="W-1",
                number="A-10423",
                customer_id=customer_id,
                lines=[WantedLine(sku="COFFEE", quantity=2)],
                ship_to={
                    "recipient": f"N{mark}",
                    "country": "JP",
                    "postal_code": postal,
                    "region": "東京都",
                    "city": f"C{mark}",
                    "line1": f"L{mark}",
                    "line2": "",
                    "phone": phone,
                },
                mail=mail,
                phone=phone,
                placed_at=uow.now - timedelta(days=3),
                payments=[paid],
            ),
        )
        made = MadeOrder(placed.order.id, placed.order.number, placed.line_ids)
        _move_house(uow, made, mark)
        _slip(uow, made, method, mark)
        return made


def _move_house(uow: UnitOfWork, order: MadeOrder, mark: str) -> None:
    """The parcel is to go to another flat: both addresses stay with the change."""
    address = order_queries.destination(uow.session, order.id)
    changing.request(
        uow,
        changing.Wanted(
            order_id=order.id,
            wish=ShipElsewhere(address={**address, "line2": f"M{mark}"}),
            channel="portal",
            key="another flat",
        ),
    )


def _slip(uow: UnitOfWork, order: MadeOrder, method_id: int, mark: str) -> None:
    """Something more to pay, by a slip and a page of the provider's."""
    asked = attempts.begin(
        uow,
        WantedAttempt(
            order_id=order.id,
            purpose=Purpose.CHARGE,
            amount=Money(100, "JPY"),
            method_id=method_id,
            reason="order_changed",
            key="slip",
        ),
    )
    told = Waiting(slip_number=f"7{mark}", action_url=f"https://bank.example/{mark}")
    attempts.wait(uow, asked.id, told, round_=1)


def _send(runtime: Runtime, shop: Shop, order: MadeOrder, mark: str) -> MadeOrder:
    """Picked, packed, labelled with name and address, billed, and taken by the carrier."""
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        pick_all(uow, start_list(uow, shop), {shop.coffee_id: COFFEE_BARCODE})
        box = pack_all(uow, fulfilment_of(uow, order, shop.location_id), weight_g=400)
        asked = papers.request_label(
            uow,
            box_id=box.id,
            box_number=box.number,
            order_id=order.id,
            carrier=CARRIER,
            service=box.service,
        )
        number = numeric_code(12)
        sold = Sold("shp_1", number, f"%PDF {mark}".encode(), "application/pdf", None)
        papers.keep_sold(uow, asked.id, sold)
        label(uow, box, number)
        shipping.hand_over_box(uow, box.id)
        billing.issue_receipt(
            uow, order.id, issuer=ISSUER, recipient=f"{mark}商会", purpose=f"{mark}様のお品代"
        )
    return replace(order, tracking_number=number)


def _carrier_tells(runtime: Runtime, order: MadeOrder, mark: str) -> None:
    body = json.dumps(
        {
            "scans": [
                {
                    "tracking_number": order.tracking_number,
                    "status": "配達中",
                    "occurred_at": "2026-11-21T07:42:00",
                    "place": f"{mark}センター",
                    "reason": f"{mark}様方",
                }
            ]
        },
        ensure_ascii=False,
    ).encode()
    carrier = Actor(ActorKind.CARRIER, "yamato")
    with runtime.unit_of_work(carrier) as uow:
        kept = inbound.keep(uow, source="carrier:yamato", body=body)
    assert kept is not None
    with runtime.unit_of_work(carrier) as uow:
        assert runtime.intake.take(uow, kept)
        assert parcels.parcels_of(uow.session, [order.id])


def _talk(browser: Browser, number: str, mail: str, mark: str) -> None:
    browser.say(f"{mark}と申します。返品したい")
    browser.say(number)
    browser.say(mail)
    said = browser.say("1点目")
    if "何点" in said:
        said = browser.say("1")
    browser.say("気が変わった")
    browser.say("はい")


def _write_on_line(runtime: Runtime, customer_id: int, mark: str) -> None:
    """They have linked their LINE, and write there; nobody has dealt with it yet."""
    user = f"U{'5' * 32}"
    with runtime.unit_of_work(SYSTEM) as uow:
        said = {"id": "1", "text": f"{mark}です"}
        line.keep(uow, [Happened("event-1", user, Kind.TEXT, uow.now, "token-1", said)])
        account = line_queries.of_user(uow.session, user)
        assert account is not None
        nonce = line.make_nonce(uow, account_id=account.id, customer_id=customer_id)
        line.link(uow, account.id, nonce)


def _write_in_slack(runtime: Runtime, customer_id: int, mark: str) -> None:
    """They talk with the shop in Slack; nobody has dealt with their last words yet."""
    with runtime.unit_of_work(SYSTEM) as uow:
        workspace = workspaces.install(
            uow,
            master=runtime.settings.secret_key,
            team="T1",
            name="Shop",
            app="A1",
            bot="B1",
            bot_user="U1",
            token="xoxb-1",
            scopes=(),
        )
        talk = conversations.open_or_resume(
            uow, channel=SLACK, key=f"T1:D{mark}", language=Language.JAPANESE
        )
        conversations.identify(uow, talk.id, customer_id)
        said = {"channel": f"D{mark}", "user": f"U{mark}", "ts": "1.1", "text": f"{mark}です"}
        happened = slack_shapes.written(said)
        assert happened is not None
        slack_keeping.keep(uow, workspace, happened)


def _decide(runtime: Runtime, order: MadeOrder, agent: int, mark: str) -> None:
    drain(runtime)
    with runtime.unit_of_work(staff(agent)) as uow:
        (case,) = case_queries.public_of_orders(uow.session, [order.id])
        view = case_queries.by_number(uow.session, case.number)
        cases.note(uow, view.id, f"{mark}様はお得意様")
        cases.reply(uow, view.id, f"{mark}様、確認します")
        now = case_queries.by_number(uow.session, case.number)
        deciding.reject_return(uow, now.id, note=f"{mark}様のご使用済み", version=now.version)


def _decide_at_the_desk(runtime: Runtime, order: MadeOrder, agent: int, mark: str) -> None:
    """A return and a claim that colleagues turn down, in words for each other and for them."""
    line_id = order.line_ids[0]
    words = {"note": f"{mark}様は3回目", "answer": f"{mark}様、承れません"}
    with runtime.unit_of_work(staff(agent)) as uow:
        asked = returns.request(
            uow,
            returns.Wanted(
                order_id=order.id,
                lines=[
                    returns.WantedLine(
                        line_id=line_id, quantity=1, reason=ReturnReason.CHANGED_MIND
                    )
                ],
                channel="console",
                key="at the desk",
            ),
        ).view
        returns.reject(uow, asked.id, version=asked.version, **words)
        claimed = claiming.request(
            uow,
            WantedClaim(
                order_id=order.id,
                lines=[ClaimedLine(line_id=line_id, quantity=1, reason=ClaimReason.DAMAGED)],
                remedy=Remedy.REFUND,
                channel="console",
                key="at the desk",
            ),
        ).view
        claiming.reject(uow, claimed.id, version=claimed.version, **words)


def _judge(runtime: Runtime, order: MadeOrder, customer_id: int, mark: str) -> None:
    """Asked at once how the case, the delivery and its products were, they say it in words."""
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        surveys.ask_due(uow)
        feedback.ask_due(uow)
    drain(runtime)
    with runtime.unit_of_work(customer(customer_id)) as uow:
        (case,) = case_queries.public_of_orders(uow.session, [order.id])
        view = case_queries.by_number(uow.session, case.number)
        (survey,) = asked.surveys_of_case(uow.session, view.id)
        surveys.answer(uow, survey.id, score=4, words=f"{mark}は満足です", on="portal")
        delivery = asked.feedback_of_order(uow.session, order.id)
        assert delivery is not None
        products = [Given(order.line_ids[0], 5, f"{mark}の好きな味")]
        words = f"{mark}の家に届きました"
        feedback.give(uow, delivery.id, score=4, words=words, lines=products, on="portal")


def _work_on(runtime: Runtime, order: MadeOrder, customer_id: int, agent: int, mark: str) -> None:
    """A case that colleagues have at hand: its fields, side tasks, an answer and a draft."""
    wish = FieldWish(
        name={"ja": "使い道", "en": "Occasion"},
        reasons=["other"],
        is_required=False,
        is_public=False,
        is_active=True,
        position=1,
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow, order_id=order.id, customer_id=customer_id)
        field = fields.add(uow, FieldKind.TEXT, wish, code="occasion")
    with runtime.unit_of_work(staff(agent)) as uow:
        fields.write(uow, case.id, {field.code: f"{mark}家の法事"})
        fields.write(uow, case.id, {field.code: f"{mark}家のお祝い"})
        asking = tasks.Wish(
            title=f"{mark}様の荷物", detail=f"{mark}様宅", key="look", team=Team.WAREHOUSE
        )
        looked = tasks.ask(uow, case.id, asking)
        tasks.finish(uow, looked.number, remark=f"{mark}様に電話済み")
        tasks.ask(uow, case.id, replace(asking, key="look again"))
        answering.press(uow, case.id, f"{mark}様、まもなく", key="soon", wait=timedelta(minutes=1))
        drafts.keep(uow, case.id, agent, f"{mark}様、その後")


def _run_effects(runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        effects = connection.scalars(text("SELECT id FROM effects ORDER BY id")).all()
    for effect in effects:
        relay.run_effect(runtime.tools, effect)
