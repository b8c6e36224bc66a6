"""The auditor sees what is wrong, and names it."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from oms_service import relay as process
from oms_service.cli import main
from oms_service.embedded.valkey import Valkey
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.money import Money
from oms_service.operations.money import billing
from oms_service.operations.pickup import collecting
from oms_service.operations.pickup.collecting import Counter
from oms_service.operations.reconcile import audit, checks
from oms_service.operations.returning import claiming, receiving, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import MethodKind
from oms_service.pickup.states import IdentityCheck
from oms_service.processes import held_by
from oms_service.returns.states import ClaimReason, Remedy, ReturnReason
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app, settings_for
from tests.factories.afterwards import settle
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.documents import ISSUER
from tests.factories.orders import make_delivered_order, make_order, make_shipped_order, pay
from tests.factories.papers import make_count, make_purchase
from tests.factories.pickups import place_for_pickup, reserve, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.services import Databases


@pytest.fixture(scope="module")
def traded(
    databases: Databases,
    template_database: str,
    session_valkey: Valkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The name of a database with something of everything, and all of it in order."""

    def furnish(url: str) -> None:
        settings = settings_for(url, session_valkey.url, tmp_path_factory.mktemp("traded"))
        with an_app(settings, clock=StandingClock()) as app:
            trade(held_by(app))

    with databases.a_furnished_one(furnish) as name:
        yield name


@pytest.fixture
def database_url(databases: Databases, traded: str) -> Iterator[str]:
    with databases.a_clone(traded) as url:
        yield url


def trade(runtime: Runtime) -> None:
    """Something of everything."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        card = payments.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.GIFT_CARD,
            token="gift",
            currency="JPY",
        )
        payments.change_balance(uow, card, Money(9_000, "JPY"), cause="gift", key="gift")
        make_order(uow, shop)
        make_shipped_order(uow, shop)
        order = make_delivered_order(uow, shop, method_id=card)
        line = WantedLine(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.DAMAGED)
        view = returns.request(
            uow, Wanted(order_id=order.id, lines=[line], channel="desk", key="k")
        ).view
    with runtime.unit_of_work(staff(1)) as uow:
        view = returns.approve(uow, view.id, version=view.version, givers={Giver.LEAD})
        receiving.receive(uow, view.id, version=view.version)
        (refund,) = payment_queries.refunds(uow.session, order.id)
        payments.pay_into_balance(uow, refund.id)
        broken = ClaimedLine(line_id=order.line_ids[0], quantity=1, reason=ClaimReason.DEFECTIVE)
        claim = claiming.request(
            uow,
            WantedClaim(
                order_id=order.id,
                lines=[broken],
                remedy=Remedy.REPLACEMENT,
                channel="desk",
                key="k",
            ),
        ).view
        claiming.approve(uow, claim.id, version=claim.version, givers={Giver.LEAD})
    process.drain(runtime)
    bills_of(runtime, shop)
    papers_of(runtime, shop)
    pickups_of(runtime, shop)
    cases_of(runtime, shop)


def bills_of(runtime: Runtime, shop: Shop) -> None:
    """An invoice, and a credit note that takes part of it back."""
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
        billing.issue_invoice(uow, order.id, issuer=ISSUER)
        wanted = WantedRefund(
            order_id=order.id, amount=Money(100, "JPY"), reason="goodwill", key="bills"
        )
        (refund,) = payments.request_refund(uow, wanted)
        payments.confirm_paid(uow, refund.id)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert billing.issue_credit_note(uow, refund.id, issuer=ISSUER) is not None


def papers_of(runtime: Runtime, shop: Shop) -> None:
    """A delivery and an approved count, as a warehouse leaves them."""
    with runtime.unit_of_work(staff(1)) as uow:
        make_purchase(uow, shop.location_id, {shop.coffee_id: 5}, came=3)
        make_count(uow, shop.location_id, {shop.mug_id: 99})


def pickups_of(runtime: Runtime, shop: Shop) -> None:
    """An order that was fetched at a counter, and a reservation that still lies there."""
    with runtime.unit_of_work(SYSTEM) as uow:
        counter = stocked_counter(uow, shop, 5)
        placed, pickup = place_for_pickup(uow, shop, counter)
        pay(uow, placed.order.id, placed.order.total)
        reserve(uow, shop, counter)
    process.drain(runtime)
    with runtime.unit_of_work(staff(1)) as uow:
        collecting.make_ready(uow, pickup.id)
        at = Counter(check=IdentityCheck.CODE, code=pickup.shown_code, key="fetched")
        collecting.collect(uow, pickup.id, at)
    process.drain(runtime)


def cases_of(runtime: Runtime, shop: Shop) -> None:
    """A case that was answered in its chat, resolved and is to be asked about."""
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, shop)
        agent_id = make_agent(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        case = make_case(
            uow, order_id=order.id, customer_id=shop.customer_id, conversation_id=chat.id
        )
    process.drain(runtime)
    settle(runtime, case, agent_id)
    process.drain(runtime)


def test_all_is_well(runtime: Runtime) -> None:
    assert audit(runtime.database) == ()


DAMAGE = {
    "stock levels are what the ledger adds up to": "UPDATE stock_levels SET on_hand = on_hand + 1",
    "allocated stock is what lines were promised": "UPDATE allocations SET quantity = quantity + 1",
    "lines count what is allocated to them": "UPDATE allocations SET quantity = quantity + 1",
    "allocations are of the variant that was sold": (
        "UPDATE allocations SET variant_id = (SELECT max(id) FROM variants)"
    ),
    "reserved stock is what open reservations hold": "UPDATE stock_levels SET reserved = 1",
    "incoming stock is what papers still expect": "UPDATE stock_levels SET incoming = 1",
    "purchase orders count what deliveries brought": (
        "UPDATE purchase_lines SET received = received + 1"
    ),
    "approved counts stand in the ledger": "UPDATE count_lines SET counted = counted + 1",
    "what ships and is allocated is what sourcing gave": (
        "UPDATE sourcing_decisions SET answer = jsonb_set(answer, '{picks,0,3}', '99')"
        " WHERE kind = 'promised'"
    ),
    "lines count as shipped what parcels hold": "UPDATE parcel_lines SET quantity = 1",
    "lines count as delivered what parcels delivered": (
        "UPDATE order_lines SET delivered = 0 WHERE delivered > 0"
    ),
    "what went over counters was written down": (
        "UPDATE pickup_handovers SET units ="
        " (SELECT jsonb_object_agg(key, value::int + 1) FROM jsonb_each_text(units))"
    ),
    "cases are asked about as often as they ended": "UPDATE case_surveys SET round = round + 1",
    "matters among colleagues talk to no customer": "UPDATE cases SET is_internal = true",
    "reserved pickups hold their drafts": (
        "UPDATE orders SET is_draft = false FROM pickups"
        " WHERE pickups.order_id = orders.id AND pickups.is_reservation"
    ),
    "locations want what is allocated there": "UPDATE fulfilment_lines SET wanted = wanted + 1",
    "lines count what their locations picked and packed": (
        "UPDATE fulfilment_lines SET wanted = wanted + 1, picked = picked + 1"
    ),
    "locations count as packed what their boxes hold": (
        "UPDATE fulfilment_lines SET wanted = wanted + 1, picked = picked + 1, packed = packed + 1"
    ),
    "lines count the returns that are under way": (
        "UPDATE order_lines SET return_requested = 1 WHERE returned > 0"
    ),
    "lines count what came back": "UPDATE return_lines SET received = 0",
    "returns count what receipts brought": "UPDATE return_lines SET received = 0",
    "returned goods stand in the ledger": "UPDATE return_receipt_units SET quantity = 2",
    "refunds of returns are for what came": "UPDATE returns SET refund_minor = 1",
    "no unit is put right twice": "UPDATE claim_lines SET quantity = 2",
    "what was sent instead is no more than what it replaces": (
        "UPDATE claim_lines SET new_line_id = (SELECT max(id) FROM order_lines WHERE ordered = 2)"
    ),
    "replacements are charged as what they replace was": (
        "UPDATE order_lines SET origin = 'claim:1', replaces_line_id = (SELECT max(id)"
        " FROM order_lines WHERE removed = 0) WHERE id = (SELECT min(id) FROM order_lines)"
    ),
    "lines count what was refunded for returns": "UPDATE order_lines SET refunded = 0",
    "items and discounts of an order are those of its lines": (
        "UPDATE order_lines SET unit_price_minor = unit_price_minor + 1"
    ),
    "tax per rate adds up to the tax of the order": (
        "UPDATE order_taxes SET tax_minor = tax_minor + 1"
    ),
    "no more goes back than came in": (
        "UPDATE payment_entries SET amount_minor = 1 WHERE kind = 'captured'"
    ),
    "paid refunds stand in the ledger": "UPDATE refunds SET amount_minor = amount_minor + 1",
    "slips ask for no more than orders still cost": (
        "WITH slip AS (INSERT INTO payment_methods (customer_id, kind, token, brand, last_four,"
        " is_active) SELECT min(id), 'konbini', 'slip', '', '', true FROM customers RETURNING id)"
        " INSERT INTO payment_attempts (order_id, method_id, purpose, amount_minor, currency,"
        " reason, is_final, payment_ref, state, round, is_by_hand, provider_ref, refusal,"
        " slip_number, action_url, requested_by, requested_at, key)"
        " SELECT min(orders.id), slip.id, 'charge', 99999, 'JPY', 'order_placed', true, '',"
        " 'waiting', 1, true, '', '', '', '', 'system', now(), 'k'"
        " FROM orders, slip WHERE order_state <> 'cancelled' GROUP BY slip.id"
    ),
    "what providers did stands in the ledger": (
        "INSERT INTO payment_attempts (order_id, purpose, amount_minor, currency, reason, is_final,"
        " payment_ref, state, round, is_by_hand, provider_ref, refusal, slip_number, action_url,"
        " requested_by, requested_at, settled_at, key) SELECT min(id), 'charge', 1, 'JPY', '',"
        " true, '', 'done', 1, false, '', '', '', '', 'system', now(), now(), 'k' FROM orders"
    ),
    "no more is captured or let go than was promised": (
        "INSERT INTO payment_entries (order_id, kind, amount_minor, currency, provider_ref, actor,"
        " key) SELECT min(id), kind, amount, 'JPY', 'pi_1', 'system', kind FROM orders,"
        " (VALUES ('authorized', 1), ('captured', 2)) AS v (kind, amount) GROUP BY kind, amount"
    ),
    "lost disputes stand in the ledger": (
        "INSERT INTO chargebacks (order_id, amount_minor, held_minor, currency, reason,"
        " provider_ref, state, opened_by, opened_at, key)"
        " SELECT min(id), 1, 1, 'JPY', '', '', 'lost', 'system', now(), 'k' FROM orders"
    ),
    "claimed gift cards became balances": (
        "INSERT INTO gift_cards (code_digest, last_four, amount_minor, currency, cause, method_id,"
        " state, issued_by, issued_at, settled_at, key) SELECT 'd', 'ABCD', 1, 'JPY', 'sale',"
        " min(id), 'claimed', 'system', now(), now(), 'k' FROM payment_methods"
    ),
    "money of an order is of its currency": "UPDATE payment_entries SET currency = 'USD'",
    "numbers of documents have no gap": "UPDATE document_series SET last = last + 1",
    "credit notes take no more than their invoice": (
        "UPDATE documents SET total_minor = 99 WHERE kind = 'invoice'"
    ),
    "stored value is what its ledger adds up to": (
        "UPDATE payment_methods SET balance_minor = balance_minor + 1"
    ),
    "orders stand as their newest change says": ("UPDATE order_outlooks SET changes = changes + 1"),
    "every change of an order's standing was told": (
        "INSERT INTO outlook_changes (order_id, number, jeopardy, cause, suggestion, changed_at)"
        " SELECT min(order_id), 99, 'late', '', '', now() FROM order_outlooks"
    ),
    "orders stand no better than their worst parcel": (
        "UPDATE parcels SET jeopardy = 'stalled' WHERE status <> 'delivered'"
    ),
    "customers hold what they were promised last": (
        "UPDATE order_outlooks SET told_until = told_until + interval '1 day'"
        " WHERE stage = 'handed_over'"
    ),
    "a promise of an order stands in its chain": (
        "UPDATE order_outlooks SET promised_until = promised_until + interval '1 day'"
    ),
    "messages name the files they brought": (
        """UPDATE messages SET extra = extra || '{"files": [{"id": "lost"}]}'"""
    ),
    "a mail that was filed is what its sender said, once": (
        "WITH body AS (INSERT INTO inbound_bodies (source, digest, received_at, state)"
        " VALUES ('mail:hook', 'd', now(), 'taken') RETURNING id)"
        " INSERT INTO mails_in (mail_key, inbound_id, outcome, why, trust, message_id, at)"
        " SELECT 'k', body.id, 'filed', '', 'claimed', min(messages.id), now()"
        " FROM body, messages GROUP BY body.id"
    ),
    "a letter that a server calls failed says so": (
        "WITH body AS (INSERT INTO inbound_bodies (source, digest, received_at, state)"
        " VALUES ('mail:hook', 'd', now(), 'taken') RETURNING id)"
        " INSERT INTO mails_in (mail_key, inbound_id, outcome, why, about_id, at)"
        " SELECT 'k', body.id, 'reported', 'failed', min(messages.id), now()"
        " FROM body, messages WHERE messages.state IS DISTINCT FROM 'failed' GROUP BY body.id"
    ),
    "a linked LINE account talks for the customer it is linked to": (
        "WITH people AS (INSERT INTO customers (family_name, given_name, family_name_kana,"
        " given_name_kana, search, language, zone, tier, created_at)"
        " VALUES ('', '', '', '', '', 'ja', '', 'standard', now()) RETURNING id),"
        " senders AS (INSERT INTO channel_identities (channel, key, claimed_mail, created_at)"
        " VALUES ('line', 'U1', '', now()) RETURNING id),"
        " talks AS (INSERT INTO conversations (public_id, identity_id, channel, customer_id,"
        " language, owner, dialogue, message_count, opened_at, last_message_at)"
        " SELECT 'u1', s.id, 'line', (SELECT min(id) FROM customers), 'ja', 'bot', '{}', 0,"
        " now(), now() FROM senders s)"
        " INSERT INTO line_accounts (identity_id, customer_id, linked_at, created_at)"
        " SELECT s.id, p.id, now(), now() FROM senders s, people p"
    ),
    "what is deleted lies nowhere once its deletion is done": (
        "INSERT INTO attachments (public_id, scope, key, state, name, media_type, size_bytes,"
        " width, height, sha256, store_key, is_internal, uploaded_by, uploaded_at, removed_at)"
        " VALUES ('a', 's', 'k', 'removed', 'a.jpg', 'image/jpeg', 1, 1, 1, '', 'kept', false,"
        " 'system', now(), now())"
    ),
    "the inbox lists cases as they are": "UPDATE case_inbox SET priority_rank = 3",
    "figures count cases as they are": "UPDATE case_facts SET replies = replies + 1",
    "figures count every answer as its clock does": "UPDATE case_spans SET is_kept = NOT is_kept",
    "colleagues carry what their open cases weigh": "UPDATE agents SET load = load + 1",
    "merged cases point where their merge says": (
        "INSERT INTO case_merges (winner_id, loser_id, key, before, given, by, at)"
        " SELECT winner.id, loser.id, 'k', '{}', '{}', 'system', now()"
        " FROM cases winner JOIN cases loser ON loser.id > winner.id LIMIT 1"
    ),
    "messages that were given to a case are of one that was split off": (
        "INSERT INTO case_messages (message_id, case_id)"
        " SELECT min(messages.id), min(cases.id) FROM messages, cases"
    ),
    "forecasts know when their parcels came": (
        "UPDATE forecasts SET delivered_at = NULL, told_until = NULL"
    ),
    "lines of cases are of their orders, with no more pieces than were ordered": (
        "INSERT INTO case_lines (case_id, order_line_id, quantity, resolution)"
        " SELECT max(cases.id), min(order_lines.id), 99, '' FROM cases, order_lines"
    ),
    "fields of a choice say one of its choices": (
        "WITH field AS (INSERT INTO case_fields (code, kind, name, choices, reasons, is_required,"
        " is_public, position, is_active, version) VALUES ('size', 'choice', '{}',"
        """ '[{"code": "small"}]', '{}', false, false, 0, true, 1) RETURNING code)"""
        " INSERT INTO case_values (case_id, field, value, by, at)"
        " SELECT min(cases.id), field.code, 'huge', 'system', now()"
        " FROM cases, field GROUP BY field.code"
    ),
    "talks are as long as what was wished in them": (
        "INSERT INTO talks (conversation_id, channel, language, began_at, last_at, first_seq,"
        " turns, is_answered, is_open)"
        " SELECT min(id), 'webchat', 'ja', now(), now(), 1, 3, false, true FROM conversations"
    ),
    "states are what the facts derive": "UPDATE orders SET payment_state = 'unpaid'",
}


def test_every_check_is_tried() -> None:
    assert tuple(DAMAGE) == checks()


@pytest.mark.parametrize("check", DAMAGE)
def test_damage_is_seen(runtime: Runtime, check: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text(DAMAGE[check]))
    assert check in {one.check for one in audit(runtime.database)}


def test_the_command_says_it_and_fails(
    runtime: Runtime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    well = CliRunner().invoke(main, ["reconcile", "--json"])
    assert well.exit_code == 0
    assert json.loads(well.stdout) == {"checks": len(checks()), "differences": []}
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE payment_methods SET balance_minor = balance_minor + 1"))
    wrong = CliRunner().invoke(main, ["reconcile", "--json"])
    assert wrong.exit_code == 1
    (difference,) = json.loads(wrong.stdout)["differences"]
    assert (difference["expected"], difference["found"]) == (8_000, 8_001)
