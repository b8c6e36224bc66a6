"""Everything that is drawn, once each: for snapshots, limits and dangers alike."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bots.slack.blocks import card, history, home, menu, orders, results, stock, waiting
from bots.slack.blocks.fitting import Message
from bots.slack.blocks.forms import acting, deciding, talking, working
from bots.slack.blocks.forms.acting import Doing
from bots.slack.blocks.forms.talking import Writing
from bots.slack.blocks.menu import Around
from bots.slack.blocks.speaking import Voice
from bots.slack.blocks.waiting import Asked
from cases.acting import words as acting_words
from cases.acting.previews import Offer, Seen, Units, WayBack
from cases.acting.states import ActKind
from cases.desk.at_hand import AtHand
from cases.desk.page import CasePage
from cases.desk.sentences import Sentence
from cases.finding.marking import Part
from cases.finding.queries import Line
from cases.merging.policy import Score, Why
from cases.reports.figures import Count, Figure, Share, Spread
from cases.routing.queries import AgentView
from cases.routing.states import Presence
from cases.states import CaseState, Priority
from cases.writing.seen import Seen as SeenSoFar
from cases.writing.states import Do
from cases.writing.suggesting import Advice, Suggestion
from cases.writing.suggesting import Why as WhySo
from cases.writing.views import MacroView, News
from oms_service.catalog.queries import VariantView
from oms_service.console import payments_words, returns_words
from oms_service.inventory.queries import Availability, LevelView, LocationView
from oms_service.inventory.states import LocationKind
from oms_service.kernel.money import Money
from oms_service.operations.money.refunding import Refundable
from oms_service.operations.rules.change_rules import Speed
from oms_service.orders.changes import ChangeView
from oms_service.orders.queries import OrderSummary
from oms_service.orders.states import ChangeKind, ChangeState, HoldReason
from oms_service.payments.queries import MethodView, RefundView
from oms_service.payments.states import MethodKind, RefundPart, RefundState
from oms_service.ports.timeline import Entry
from oms_service.web.texts import gettext
from tests.unit.bots.slack import made
from tests.unit.bots.slack.made import DAY, HOUR, KEN, MIKA, NOW

Drawing = Callable[[Voice], Message | dict[str, Any]]
DESK: Final = "https://shop.example/desk/cases/C-1042"


def a_macro(**changes: Any) -> MacroView:
    macro = MacroView(
        id=1,
        code="late",
        title={"en": "It is late", "ja": "遅延のお詫び"},
        body={"en": "Sorry.", "ja": "申し訳ございません。"},
        actions=({"do": str(Do.WAIT)}, {"do": str(Do.PRIORITY), "value": "high"}),
        reasons=("where_is_it",),
        queues=(),
        owner_id=None,
        is_active=True,
        version=1,
    )
    return replace(macro, **changes)


def hand(**changes: Any) -> AtHand:
    found = AtHand(SeenSoFar(3, 7), (), None, "", None, (a_macro(),), ())
    return replace(found, **changes)


def a_refund(**changes: Any) -> RefundView:
    refund = RefundView(
        id=31,
        order_id=5,
        return_id=None,
        method_id=2,
        amount=Money(3000, "JPY"),
        reason="late",
        state=RefundState.AWAITING_APPROVAL,
        requested_at=NOW - HOUR,
        settled_at=None,
        part=RefundPart.ORDER,
        payment_ref="",
        round=1,
        is_by_hand=False,
        failure="",
        requested_by=f"staff:{MIKA.id}",
        decided_by=None,
        is_wish=True,
    )
    return replace(refund, **changes)


def a_wish() -> ChangeView:
    return ChangeView(
        id=41,
        order_id=5,
        position=2,
        kind=ChangeKind.ADDRESS,
        state=ChangeState.PROPOSED,
        channel="portal",
        reason="",
        wish={},
        method_id=None,
        before=Money(4460, "JPY"),
        after=Money(4960, "JPY"),
        settled=Money(500, "JPY"),
        digest="d",
        referred_by_rule="",
        requested_by="customer:7",
        requested_at=NOW - HOUR,
        expires_at=None,
        decided_by=None,
        decided_at=None,
    )


def taken() -> CasePage:
    case = made.a_case(state=CaseState.OPEN, assignee_id=MIKA.id, priority=Priority.URGENT)
    late = made.a_clock(NOW - HOUR)
    bot = made.opened({"wish": "track_order", "further_wishes": ["refund_status"]})
    return made.a_page(case, clocks=(late,), thread=(bot, *made.a_page().thread))


def settled(**changes: Any) -> CasePage:
    case = made.a_case(
        state=CaseState.RESOLVED,
        assignee_id=MIKA.id,
        resolution="handled",
        resolved_at=NOW - HOUR,
    )
    return made.a_page(replace(case, **changes))


def money(minor: int) -> Money:
    return Money(minor, "JPY")


def refund_facts() -> dict[str, Any]:
    lines = [made.a_line(1), made.a_line(2)]
    zero = money(0)
    return {
        "lines": lines,
        "left": {1: 2, 2: 1},
        "refundable": Refundable(
            5, money(4460), zero, zero, zero, money(4460), money(3960), money(500), ()
        ),
        "scopes": [(one, said(word)) for one, word in acting_words.SCOPES.items()],
        "parts_of": [
            (str(one), said(word))
            for one, word in payments_words.PARTS.items()
            if one is not RefundPart.SHIPPING
        ],
        "reasons": [(str(one), said(word)) for one, word in payments_words.REASONS.items()],
    }


def claim_facts() -> dict[str, Any]:
    reasons = [(str(one), said(word)) for one, word in returns_words.CLAIM_REASONS.items()]
    return {"lines": [made.a_line(1)], "left": {1: 2}, "reasons": reasons}


def a_seen(kind: ActKind, **changes: Any) -> Seen:
    seen = Seen(kind=kind, order=made.an_order(), own_digest="d")
    return replace(seen, **changes)


def a_method() -> MethodView:
    return MethodView(2, 7, MethodKind.CARD, "visa", "4242", None, None, is_active=True)


def a_variant(number: int = 8, **changes: Any) -> VariantView:
    variant = VariantView(
        id=number,
        sku=f"MUG-{number}",
        name={"en": "Mug", "ja": "マグ"},
        options={"colour": "navy"},
        category="",
        tax_rate_bp=1000,
        is_final_sale=False,
        is_active=True,
        product_id=1,
        option_words={"ja": {"colour": "紺"}},
    )
    return replace(variant, **changes)


def swap_facts() -> dict[str, Any]:
    """One line with another version to have, and one without."""
    return claim_facts() | {
        "lines": [made.a_line(1), made.a_line(2)],
        "left": {1: 2, 2: 1},
        "others": {1: [a_variant(), a_variant(9)]},
        "prices": {8: money(2200), 9: money(2400)},
        "free": {8: Availability(8, 3, {1: 3}, 0), 9: Availability(9, 0, {}, 0)},
        "methods": (a_method(),),
        "balances": {2: money(5000)},
        "charges": {Speed.EXPRESS: money(500)},
    }


def refund_seen() -> Seen:
    card_ = a_method()
    return a_seen(
        ActKind.REFUND,
        refund=money(3000),
        ways=(WayBack(card_, money(2000)), WayBack(None, money(1000))),
        left_after=money(1460),
        needs_second_person=True,
    )


def an_entry(number: int, **changes: Any) -> Entry:
    at = NOW - number * HOUR * 3
    return replace(Entry("order.placed", at, f"staff:{MIKA.id}", "", 5, {}), **changes)


def a_past(count: int = 44) -> history.Past:
    return history.Past(
        title="A-10423",
        entries=[an_entry(one) for one in range(count)]
        + [an_entry(0, at=None, actor="")] * (count > 0),
        told=lambda entry, _said: Sentence(entry.kind, "dot", "danger"),
        names={MIKA.id: MIKA.name},
        case_id=42,
        version=4,
    )


def a_line_of_list(number: int = 42, **changes: Any) -> Line:
    line = Line(
        case_id=number,
        number=f"C-10{number}",
        reason="where_is_it",
        state=CaseState.OPEN,
        priority_rank=1,
        queue_id=1,
        assignee_id=MIKA.id,
        customer_name="佐藤 美咲",
        tier="gold",
        channel="webchat",
        language=made.JAPANESE,
        tags=(),
        order_number="A-10423",
        excerpt="荷物がまだ届きません。",
        opened_at=NOW - DAY,
        waiting_since=NOW - HOUR,
        due_at=NOW - timedelta(minutes=10),
        due_metric="first_response",
        updated_at=NOW,
    )
    return replace(line, **changes)


def names() -> results.Names:
    return results.Names(reasons=made.REASONS, staff={MIKA.id: MIKA.name})


def a_desk(**changes: Any) -> home.Desk:
    agent = AgentView(
        staff_id=MIKA.id,
        name="Mika",
        is_active=True,
        languages=("ja",),
        skills=(),
        queues=(1,),
        capacity=10,
        load=4,
        presence=Presence.BUSY,
        presence_since=NOW,
        back_at=NOW + HOUR,
        seen_at=NOW,
        version=1,
    )
    desk = home.Desk(
        name="Mika",
        agent=agent,
        queues={1: {"en": "Deliveries", "ja": "配送"}},
        counts={"mine": 2, "overdue": 1, "due_soon": 1, "unassigned": 12},
        mine=(a_line_of_list(), a_line_of_list(43, due_at=NOW + HOUR, priority_rank=2)),
        waiting=(a_line_of_list(44, assignee_id=None, customer_name="", excerpt=""),),
        names=names(),
        today={Figure.SETTLED: Count(7), Figure.FIRST_RESPONSE: Spread(7, 240.0, 900.0),
               Figure.IN_TIME: Share(6, 7)},
        now=NOW,
        desk_url="https://shop.example/desk",
        form_id="f1",
    )  # fmt: skip
    return replace(desk, **changes)


def looked(**changes: Any) -> orders.Looked:
    refund = a_refund(state=RefundState.PAID, settled_at=NOW - HOUR)
    panel = made.a_panel(refunds=(refund,), returns=(made.a_return(),))
    found = orders.Looked(panel=panel, customer=made.a_customer(), desk_url=DESK, may_open=True)
    return replace(found, **changes)


def kept() -> stock.Kept:
    places = (
        LocationView(1, "tokyo", LocationKind.WAREHOUSE, {"en": "Tokyo", "ja": "東京"}, "", ""),
        LocationView(2, "osaka", LocationKind.SHOP, {"en": "Osaka", "ja": "大阪"}, "", ""),
    )
    levels = (
        LevelView(1, 1, 9, 2, 0, 0, 3, 0, 0),
        LevelView(1, 2, 5, 0, 0, 0, 0, 0, 0),
        LevelView(2, 1, 0, 0, 0, 0, 0, 0, 0),
    )
    return stock.Kept(levels, places)


def decision(page: CasePage, asked: Asked, voice: Voice) -> waiting.Waits:
    return waiting.of_case(page, asked, voice)[0]


def said(word: str) -> str:
    return str(gettext(word))


def all_offers() -> list[Offer]:
    not_able = {ActKind.LABEL: "no_return", ActKind.RELEASE: "not_held"}
    return [Offer(kind, why=not_able.get(kind, "")) for kind in ActKind]


def news() -> tuple[News, ...]:
    return (News("wrote", "customer:7", NOW, "急ぎます"), News("note", f"staff:{KEN.id}", NOW, "x"))


def an_address() -> dict[str, str]:
    names = ("recipient", "postal_code", "region", "city", "line1", "line2", "phone")
    return dict.fromkeys(names, "x") | {"country": "JP"}


MESSAGES: Final[Mapping[str, Drawing]] = {
    "card-new": lambda voice: card.card(made.a_page(), made.beside(), voice),
    "card-taken-urgent-overdue": lambda voice: card.card(
        taken(),
        made.beside(
            suggestions=(
                Suggestion(Advice.MACRO, WhySo.USED, "late", count=3, of=5),
                Suggestion(Advice.SNOOZE, WhySo.EXPECTED, until=NOW + DAY),
            ),
            macros={"late": a_macro().title},
        ),
        voice,
    ),
    "card-waiting": lambda voice: card.card(
        made.a_page(made.a_case(state=CaseState.WAITING_CUSTOMER, assignee_id=MIKA.id)),
        made.beside(),
        voice,
    ),
    "card-snoozed": lambda voice: card.card(
        made.a_page(
            made.a_case(state=CaseState.SNOOZED, assignee_id=MIKA.id, snoozed_until=NOW + DAY)
        ),
        made.beside(),
        voice,
    ),
    "card-to-decide": lambda voice: card.card(made.a_decision(), made.beside(), voice),
    "card-wish-to-decide": lambda voice: card.card(
        taken(), made.beside(asked=Asked(wishes=(a_wish(),))), voice
    ),
    "card-second-person": lambda voice: card.card(
        taken(), made.beside(asked=Asked(refunds=(a_refund(),))), voice
    ),
    "card-without-order": lambda voice: card.card(
        made.a_page(made.a_case(order_id=None), panel=None, customer=None), made.beside(), voice
    ),
    "card-resolved": lambda voice: card.card(settled(), made.beside(), voice),
    "card-closed": lambda voice: card.card(settled(state=CaseState.CLOSED), made.beside(), voice),
    "card-merged": lambda voice: card.card(
        settled(state=CaseState.CLOSED, merged_into_id=1),
        made.beside(merged_into="C-1001", merged_url="https://shop.example/desk/cases/C-1001"),
        voice,
    ),
    "order": lambda voice: orders.message(looked(), voice),
    "found": lambda voice: results.message(
        results.Found(
            searched="佐藤",
            cases=(a_line_of_list(parts=(Part("荷物が", False), Part("まだ", True))),),
            orders=(OrderSummary(made.an_order(), {"en": "Drip coffee", "ja": "コーヒー"}, 2, 3),),
            count=30,
            is_close=True,
        ),
        names(),
        voice,
        now=NOW,
    ),
    "found-nothing": lambda voice: results.message(
        results.Found(searched="x"), names(), voice, now=NOW
    ),
}

VIEWS: Final[Mapping[str, Drawing]] = {
    "reply": lambda voice: talking.reply(
        made.a_page(), hand(draft="前の下書き"), Writing(form_id="f1", undo_s=10), voice
    ),
    "reply-with-macro-and-news": lambda voice: talking.reply(
        made.a_page(),
        hand(),
        Writing(form_id="f1", text="申し訳ございません。", macro=a_macro(), news=news(), turn=2),
        voice,
    ),
    "ask": lambda voice: talking.ask(made.a_page(), hand(), Writing(form_id="f1"), voice),
    "note": lambda voice: talking.note(made.a_page(), voice, form_id="f1"),
    "approve-return": lambda voice: deciding.approve(
        made.a_decision(), decision(made.a_decision(), Asked(), voice), voice
    ),
    "reject-return": lambda voice: deciding.reject(
        made.a_decision(), decision(made.a_decision(), Asked(), voice), voice
    ),
    "approve-refund": lambda voice: deciding.approve(
        taken(), decision(taken(), Asked(refunds=(a_refund(),)), voice), voice
    ),
    "reject-wish": lambda voice: deciding.reject(
        taken(), decision(taken(), Asked(wishes=(a_wish(),)), voice), voice
    ),
    "refund": lambda voice: acting.act(
        taken(), ActKind.REFUND, refund_facts(), Doing(key="k1"), voice
    ),
    "refund-looked-at": lambda voice: acting.act(
        taken(),
        ActKind.REFUND,
        refund_facts(),
        Doing(
            key="k1",
            given={"scope": "lines", "units-1": "2", "reason": "late", "amount": "12,00"},
            seen=refund_seen(),
        ),
        voice,
    ),
    "refund-refused": lambda voice: acting.act(
        taken(),
        ActKind.STORE_CREDIT,
        refund_facts(),
        Doing(key="k1", seen=refund_seen(), refusals=("At most ¥1,000 is left.",)),
        voice,
    ),
    "replacement": lambda voice: acting.act(
        taken(),
        ActKind.REPLACEMENT,
        claim_facts(),
        Doing(
            key="k1",
            given={"photo": "yes"},
            seen=a_seen(
                ActKind.REPLACEMENT,
                is_sent=(Units({"en": "Mug", "ja": "マグ"}, "SKU-1", 1),),
                goods_stay=True,
            ),
        ),
        voice,
    ),
    "label": lambda voice: acting.act(
        taken(), ActKind.LABEL, {"labels": [("R-7", "R-7")]}, Doing(key="k1"), voice
    ),
    "label-of-none": lambda voice: acting.act(
        taken(), ActKind.LABEL, {"labels": []}, Doing(key="k1"), voice
    ),
    "cancel": lambda voice: acting.act(
        taken(),
        ActKind.CANCEL,
        {
            "lines": [made.a_line(1)],
            "left": {1: 2},
            "reasons": ["no_longer_needed", "other"],
            "in_part": True,
        },
        Doing(key="k1"),
        voice,
    ),
    "address": lambda voice: acting.act(
        taken(), ActKind.ADDRESS, {"address": an_address()}, Doing(key="k1"), voice
    ),
    "quantity": lambda voice: acting.act(
        taken(),
        ActKind.QUANTITY,
        {"lines": [made.a_line(1)], "left": {1: 2}},
        Doing(key="k1"),
        voice,
    ),
    "delivery": lambda voice: acting.act(
        taken(),
        ActKind.DELIVERY,
        {
            "first": NOW.date(),
            "last": (NOW + 7 * DAY).date(),
            "hours": [("", said("Any time of the day")), ("14-16", "14–16")],
        },
        Doing(key="k1", given={"deliver_on": "2026-11-25", "delivery_window": "14-16"}),
        voice,
    ),
    "exchange": lambda voice: acting.act(
        taken(), ActKind.EXCHANGE, swap_facts(), Doing(key="k1"), voice
    ),
    "items": lambda voice: acting.act(
        taken(),
        ActKind.ITEMS,
        swap_facts(),
        Doing(key="k1", given={"variant-1": "9", "method_id": "2"}),
        voice,
    ),
    "expedite": lambda voice: acting.act(
        taken(), ActKind.EXPEDITE, swap_facts(), Doing(key="k1"), voice
    ),
    "expedite-not-offered": lambda voice: acting.act(
        taken(), ActKind.EXPEDITE, {}, Doing(key="k1"), voice
    ),
    "payment": lambda voice: acting.act(
        taken(), ActKind.PAYMENT, swap_facts(), Doing(key="k1"), voice
    ),
    "payment-without-any": lambda voice: acting.act(
        taken(), ActKind.PAYMENT, {}, Doing(key="k1"), voice
    ),
    "hold": lambda voice: acting.act(
        taken(),
        ActKind.HOLD,
        {"reasons": [(str(one), said(word)) for one, word in acting_words.HOLDS.items()]},
        Doing(
            key="k1",
            given={"reason": "address"},
            seen=a_seen(ActKind.HOLD, hold=HoldReason.ADDRESS),
        ),
        voice,
    ),
    "release-of-nothing": lambda voice: acting.act(
        taken(), ActKind.RELEASE, {"reasons": []}, Doing(key="k1"), voice
    ),
    "snooze": lambda voice: working.snooze(made.a_page(), voice),
    "wait": lambda voice: working.wait(made.a_page(), voice),
    "escalate": lambda voice: working.escalate(made.a_page(), voice, leads=(KEN,)),
    "assign": lambda voice: working.assign(made.a_page(), (KEN,), voice),
    "assign-to-nobody": lambda voice: working.assign(made.a_page(), (), voice),
    "queue": lambda voice: working.queue(
        made.a_page(), [("main", {"en": "Deliveries", "ja": "配送"})], voice, now_in="main"
    ),
    "merge": lambda voice: working.merge(
        made.a_page(),
        [("C-1001", made.REASONS["damaged"], Score(70, (Why.CUSTOMER, Why.ORDER)))],
        voice,
    ),
    "merge-both": lambda voice: working.merge_both(
        made.a_page(),
        made.a_page(made.a_case(id=1, number="C-1001", opened_at=NOW - DAY, version=9)),
        voice,
        key="k1",
    ),
    "resolve": lambda voice: working.resolve(
        made.a_page(),
        voice,
        line_endings=[("", "As the case ended"), ("refunded", "Refunded")],
        waits_for="C-1001",
        asks_customer=True,
    ),
    "reopen": lambda voice: working.reopen(settled(), voice),
    "promote": lambda voice: working.promote(made.a_page(), voice, name="c-1042-where-is-it"),
    "menu": lambda voice: menu.menu(
        taken(),
        Around(
            may=lambda _one: True,
            me=MIKA.id,
            found=waiting.of_case(taken(), Asked(refunds=(a_refund(),)), voice),
            offers=all_offers(),
            desk_url=DESK,
        ),
        voice,
    ),
    "menu-of-nobody": lambda voice: menu.menu(taken(), Around(may=lambda _one: False), voice),
    "history": lambda voice: history.history(a_past(), voice, page=1),
    "history-of-nothing": lambda voice: history.history(a_past(0), voice),
    "stock": lambda voice: stock.stock(
        stock.of_page(made.a_page(), voice), kept(), voice, case_id=42, version=4
    ),
    "stock-of-nothing": lambda voice: stock.stock((), kept(), voice, searched="x"),
    "order": lambda voice: orders.modal(looked(case_id=42, version=4, case="C-1042"), voice),
    "found": lambda voice: results.modal(
        results.Found(searched="x", cases=[a_line_of_list(one) for one in range(40)]),
        names(),
        voice,
        now=NOW,
    ),
    "home": lambda voice: home.home(a_desk(), voice),
    "home-of-a-newcomer": lambda voice: home.home(
        a_desk(agent=None, counts={}, mine=(), waiting=(), today={}), voice
    ),
    "home-unlinked": lambda _voice: home.unlinked("https://shop.example/slack/link/x"),
}
