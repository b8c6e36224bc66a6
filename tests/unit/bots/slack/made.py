"""A case with its order as the desk's page knows it, made without a database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale

from bots.slack.blocks.card import Beside
from bots.slack.blocks.speaking import Sight, Voice
from cases.desk.page import CasePage, Line, OrderPanel
from cases.sla.clocks import ClockState, Metric
from cases.sla.queries import ClockView
from cases.states import CaseState, EntryKind, Priority
from cases.taxonomy.labels import Labels
from cases.views import CaseView, EntryView
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.customers.queries import CustomerView
from oms_service.customers.states import Tier
from oms_service.history.steps import Step
from oms_service.history.tracking import TrackedParcel, Tracking
from oms_service.inventory.queries import Availability
from oms_service.kernel.languages import Language, Words, in_both
from oms_service.kernel.money import Money
from oms_service.orders.policy import Counters, Sums
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState
from oms_service.returns.queries import ReturnLineView, ReturnView
from oms_service.returns.states import RefundFor, RefundWhen, ReturnKind, ReturnReason, ReturnState
from oms_service.shipping.states import Jeopardy
from oms_service.shipping.windows import Window

ZONE = ZoneInfo("Asia/Tokyo")
#: Monday, 23 November 2026, 10:00 in Tokyo.
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ENGLISH, JAPANESE = Language.ENGLISH, Language.JAPANESE
MIKA = StaffView(3, "mika@example.com", "Mika", JAPANESE, True, frozenset({Role.AGENT}))
KEN = StaffView(4, "ken@example.com", "Ken", ENGLISH, True, frozenset({Role.LEAD}))
REASONS: Mapping[str, Words] = {
    "where_is_it": {"en": "Where is it", "ja": "お届け状況"},
    "return": {"en": "Return", "ja": "返品"},
    "damaged": {"en": "Damaged", "ja": "破損"},
}


@contextmanager
def spoken(language: Language, sight: Sight = Sight.SHORT) -> Iterator[Voice]:
    """Say things in a language, within the app's context."""
    with force_locale(str(language)):
        yield Voice.of(Labels({}), sight, now=NOW, zone=ZONE)


def a_customer(family: str = "佐藤", given: str = "美咲", tier: Tier = Tier.GOLD) -> CustomerView:
    return CustomerView(7, family, given, "", "", JAPANESE, tier)


def a_line(number: int = 1, **changes: Any) -> LineView:
    line = LineView(
        id=number,
        order_id=5,
        position=number,
        variant_id=number,
        sku=f"SKU-{number}",
        name={"en": "Drip coffee", "ja": "ドリップコーヒー"},
        options={},
        unit_price=Money(1980, "JPY"),
        discount=Money(0, "JPY"),
        tax_rate_bp=800,
        counters=Counters(ordered=2, shipped=2, delivered=0),
    )
    return replace(line, **changes)


def an_order(**changes: Any) -> OrderView:
    order = OrderView(
        id=5,
        number="A-10423",
        channel_id=1,
        customer_id=7,
        language=JAPANESE,
        placed_at=NOW - 3 * DAY,
        items=Money(3960, "JPY"),
        discount=Money(0, "JPY"),
        shipping=Money(500, "JPY"),
        tax=Money(330, "JPY"),
        total=Money(4460, "JPY"),
        cancel_reason="",
        order_state=OrderState.PLACED,
        payment_state=PaymentState.PAID,
        fulfilment_state=FulfilmentState.SHIPPED,
        version=2,
    )
    return replace(order, **changes)


def a_parcel(**changes: Any) -> TrackedParcel:
    parcel = TrackedParcel(
        id=11,
        carrier="yamato",
        carrier_name={"en": "Yamato", "ja": "ヤマト運輸"},
        tracking_number="123456789012",
        link="https://carrier.example/123456789012",
        step=Step.IN_TRANSIT,
        window=Window(NOW + 2 * DAY, NOW + 2 * DAY + 2 * HOUR),
        median=None,
        why="",
        because=None,
        jeopardy=Jeopardy.LATE,
        promised=Window(NOW - DAY, NOW - DAY + 2 * HOUR),
        handed_over_at=NOW - 2 * DAY,
        delivered_at=None,
        last_scan=None,
        lines={1: 2},
    )
    return replace(parcel, **changes)


def a_tracking(**changes: Any) -> Tracking:
    tracking = Tracking(
        order_id=5,
        number="A-10423",
        customer_id=7,
        placed_at=NOW - 3 * DAY,
        step=Step.IN_TRANSIT,
        next_step=Step.OUT_FOR_DELIVERY,
        window=Window(NOW + 2 * DAY, NOW + 2 * DAY + 2 * HOUR),
        median=None,
        promised=Window(NOW - DAY, NOW - DAY + 2 * HOUR),
        why="",
        because=None,
        jeopardy=Jeopardy.LATE,
        more_to_come=False,
        parcels=(a_parcel(),),
    )
    return replace(tracking, **changes)


def a_panel(lines: Sequence[LineView] = (), **changes: Any) -> OrderPanel:
    found = tuple(lines) or (a_line(1), a_line(2, name=in_both("Mug"), options={"c": "navy"}))
    panel = OrderPanel(
        order=an_order(),
        tracking=a_tracking(),
        lines=found,
        sums=Sums(authorized=4460, captured=4460),
        refunds=(),
        returns=(),
        stock={one.variant_id: Availability(one.variant_id, 12, {1: 7, 2: 5}, 3) for one in found},
    )
    return replace(panel, **changes)


def a_return(**changes: Any) -> ReturnView:
    found = ReturnView(
        id=21,
        number="R-7",
        order_id=5,
        state=ReturnState.REQUESTED,
        channel="portal",
        refund=Money(1980, "JPY"),
        fee=Money(0, "JPY"),
        refund_method_id=None,
        referred_by_rule="above_limit",
        requested_by="customer:7",
        requested_at=NOW - HOUR,
        decided_by=None,
        decided_at=None,
        needs_second_person=False,
        decision_note="",
        received_by=None,
        received_at=None,
        version=1,
        lines=(ReturnLineView(1, 1, ReturnReason.DAMAGED, 0, None),),
        kind=ReturnKind.RETURN,
        restocking=Money(0, "JPY"),
        postage=Money(0, "JPY"),
        refund_when=next(iter(RefundWhen)),
        refund_for=next(iter(RefundFor)),
        answer="",
        sent_at=None,
        send_back_by=None,
        overdue_at=None,
        settled_at=None,
        policy_id=None,
    )
    return replace(found, **changes)


def a_case(**changes: Any) -> CaseView:
    case = CaseView(
        id=42,
        number="C-1042",
        reason="where_is_it",
        state=CaseState.NEW,
        status=None,
        priority=Priority.NORMAL,
        queue_id=1,
        assignee_id=None,
        language=JAPANESE,
        channel="webchat",
        customer_id=7,
        order_id=5,
        return_id=None,
        conversation_id=9,
        snapshot={},
        wanted={},
        failed_rule="",
        is_internal=False,
        opened_at=NOW - HOUR,
        opened_by="system",
        first_reply_at=None,
        waiting_since=NOW - HOUR,
        snoozed_until=None,
        resolved_at=None,
        resolution="",
        merged_into_id=None,
        version=4,
    )
    return replace(case, **changes)


def said(text: str, *, kind: str = "customer", ago: timedelta = HOUR) -> Line:
    return Line(at=NOW - ago, kind=kind, who="", text=text, language="ja")


def opened(summary: Mapping[str, Any]) -> Line:
    entry = EntryView(1, EntryKind.OPENED, "", {"summary": dict(summary)}, "system", NOW - HOUR)
    return Line(at=NOW - HOUR, kind="entry", who="", text="", entry=entry)


def a_clock(due_at: datetime | None = None, **changes: Any) -> ClockView:
    clock = ClockView(
        case_id=42,
        metric=Metric.FIRST_RESPONSE,
        round=1,
        target=HOUR,
        started_at=NOW - HOUR,
        state=ClockState.RUNNING,
        elapsed=timedelta(0),
        due_at=due_at or NOW + HOUR,
        stopped_at=None,
        missed_at=None,
        warned=0,
    )
    return replace(clock, **changes)


def a_page(case: CaseView | None = None, **changes: Any) -> CasePage:
    found = case or a_case()
    page = CasePage(
        case=found,
        reason=REASONS.get(found.reason, in_both(found.reason)),
        customer=a_customer(),
        assignee=MIKA.name if found.assignee_id == MIKA.id else "",
        conversation=None,
        thread=(said("荷物がまだ届きません。いつ届きますか?"),),
        wanted_lines=(),
        asked=None,
        panel=a_panel(),
        others=(),
        staff=(MIKA, KEN),
        names={MIKA.id: MIKA.name, KEN.id: KEN.name},
        clocks=(a_clock(),),
        now=NOW,
    )
    return replace(page, **changes)


def a_decision() -> CasePage:
    """A return that waits for a yes or a no."""
    asked = a_return()
    case = a_case(reason="return", return_id=asked.id, failed_rule="above_limit")
    return a_page(case, asked=asked, wanted_lines=((a_line(1), 1),))


def beside(**changes: Any) -> Beside:
    found = Beside(
        queue={"en": "Deliveries", "ja": "配送"}, desk_url="https://shop.example/desk/cases/C-1042"
    )
    return replace(found, **changes)
