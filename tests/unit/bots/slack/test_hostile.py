"""Whatever stands in a case, all that is drawn of it fits and misleads nobody."""

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bots.cards import EXTRA, Item, OrderCard, Tone
from bots.slack import drawing
from bots.slack.blocks import card, history, home, menu, orders, results, stock, waiting
from bots.slack.blocks.fitting import Message
from bots.slack.blocks.forms import acting, deciding, talking, working
from bots.slack.blocks.forms.acting import Doing
from bots.slack.blocks.forms.talking import Writing
from bots.slack.blocks.menu import Around
from bots.slack.blocks.speaking import Sight, Voice
from bots.slack.blocks.texts import esc
from bots.slack.blocks.waiting import Asked
from bots.slack.customers import laying
from bots.slack.syncing import mirroring
from bots.wording import SpokenFormats
from cases.acting.previews import Units
from cases.acting.states import ActKind
from cases.desk.page import CasePage
from cases.desk.sentences import Sentence
from cases.finding.marking import Part
from cases.states import CaseState
from cases.writing.suggesting import Advice, Suggestion, Why
from oms_service.conversations.transports import Outgoing
from oms_service.kernel.languages import Language
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.queries import ScanView
from tests.unit.bots.slack import drawn, hostile, limits, made

OWN = ("https://shop.example/", "https://carrier.example/")
MANY = 500
text = hostile.written


@st.composite
def words(draw: st.DrawFn) -> dict[str, str]:
    """A text of the shop in both languages, one of which may lack."""
    both = {"en": draw(text), "ja": draw(text)}
    return {code: said for code, said in both.items() if draw(st.booleans())}


@dataclass(repr=False)
class Worst:
    """A page, which says nothing of itself: written out it would be a book."""

    page: CasePage


def pages() -> st.SearchStrategy[Worst]:
    return any_pages().map(Worst)


@st.composite
def any_pages(draw: st.DrawFn) -> CasePage:
    """A case of which every text is anybody's."""
    lines = [
        made.a_line(1, name=draw(words()), sku=draw(text), options={"a": draw(text)}),
        *(made.a_line(one, name=draw(words())) for one in range(2, draw(st.integers(2, 4)))),
    ]
    lines *= draw(st.sampled_from([1, 1, 1, MANY]))
    scan = ScanView(CarrierStatus.IN_TRANSIT, made.NOW, draw(text), draw(text), draw(text))
    parcel = made.a_parcel(
        carrier_name=draw(words()),
        tracking_number=draw(text),
        link=draw(st.none() | text),
        last_scan=scan,
    )
    tracking = made.a_tracking(parcels=(parcel,) * draw(st.sampled_from([0, 1, 60])))
    panel = made.a_panel(
        lines[:MANY],
        order=made.an_order(number=draw(text)[:60]),
        tracking=tracking,
        refunds=(drawn.a_refund(reason=draw(text)),) * draw(st.sampled_from([0, 1, 60])),
        returns=(made.a_return(),) * draw(st.sampled_from([0, 1, 60])),
    )
    case = made.a_case(
        channel=draw(text),
        reason=draw(text),
        failed_rule=draw(text),
        resolution=draw(text),
        state=draw(st.sampled_from(CaseState)),
        id=draw(st.sampled_from([1, 2**63 - 1])),
        version=draw(st.sampled_from([0, 2**31 - 1])),
        return_id=21,
    )
    summary = {"wish": draw(text), "further_wishes": [draw(text)], "is_identified": True}
    person = made.a_customer(draw(text), draw(text))
    return made.a_page(
        case,
        reason=draw(words()),
        customer=draw(st.sampled_from([None, person])),
        assignee=draw(text),
        thread=(drawn_said(draw), made.opened(summary)),
        asked=made.a_return(),
        wanted_lines=tuple((one, 1) for one in lines[:MANY]),
        panel=draw(st.sampled_from([None, panel])),
        names={made.MIKA.id: draw(text), made.KEN.id: draw(text)},
    )


def drawn_said(draw: st.DrawFn) -> Any:
    return made.said(draw(text))


def check(found: Any) -> None:
    if isinstance(found, Message):
        assert limits.faults_of_message(found.text, found.blocks) == []
        assert hostile.dangers(found.blocks, own=OWN) == []
        assert "<" not in found.text
        return
    assert limits.faults_of_view(found) == []
    without = [one for one in found["blocks"] if one["type"] != "rich_text"]
    assert hostile.dangers(without, own=OWN) == []
    assert hostile.dangers([found.get("title", {}), found.get("submit", {})], own=OWN) == []


speaking = st.tuples(st.sampled_from(Language), st.sampled_from(Sight))
#: What fails is large by its nature; making it small would take minutes.
often = settings(
    max_examples=20,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@often
@given(worst=pages(), how=speaking, other=text, title=words())
def test_a_card(worst: Worst, how: tuple[Language, Sight], other: str, title: Any) -> None:
    page = worst.page
    beside = made.beside(
        queue=title,
        desk_url=other,
        merged_into=other[:20],
        merged_url=other,
        suggestions=(Suggestion(Advice.MACRO, Why.USED, "late"),),
        macros={"late": title},
        asked=Asked((drawn.a_refund(reason=other),), (), (drawn.a_wish(),)),
    )
    with made.spoken(*how) as voice:
        for one in (beside, replace(beside, merged_into="")):
            found = card.card(page, one, voice)
            check(found)
            pressed = [one for one in found.blocks if one["type"] == "actions"]
            assert all(len(one["elements"]) <= 5 for one in pressed)


@often
@given(worst=pages(), how=speaking, other=text, title=words())
def test_dialogs(worst: Worst, how: tuple[Language, Sight], other: str, title: Any) -> None:
    page = worst.page
    hand = drawn.hand(draft=other, macros=(drawn.a_macro(title=title),))
    people = [replace(made.KEN, id=one, name=other or "x") for one in range(150)]
    with made.spoken(*how) as voice:
        writing = Writing(form_id="f", text=other, macro=drawn.a_macro(), news=drawn.news())
        check(talking.reply(page, hand, writing, voice))
        check(talking.ask(page, hand, writing, voice))
        check(talking.note(page, voice, form_id="f"))
        for one in waiting.of_case(page, Asked((drawn.a_refund(),), (), (drawn.a_wish(),)), voice):
            check(deciding.approve(page, one, voice))
            check(deciding.reject(page, one, voice))
        check(working.snooze(page, voice))
        check(working.escalate(page, voice, leads=people))
        check(working.assign(page, people[:90], voice))
        check(working.assign(page, people, voice))
        check(working.queue(page, [("a", title), ("b", title)], voice, now_in="b"))
        check(working.merge(page, [], voice))
        check(working.merge_both(page, made.a_page(), voice, key="k"))
        check(working.resolve(page, voice, waits_for=other))
        check(working.promote(page, voice, name=other))
        check(menu.menu(page, around(page, voice), voice))


def around(page: CasePage, voice: Voice) -> Around:
    found = waiting.of_case(page, Asked(), voice)
    return Around(may=lambda _one: True, found=found, offers=drawn.all_offers(), desk_url="x")


@often
@given(worst=pages(), how=speaking, other=text, title=words())
def test_acting(worst: Worst, how: tuple[Language, Sight], other: str, title: Any) -> None:
    page = worst.page
    lines = page.panel.lines if page.panel else [made.a_line()]
    # One line may be there often, as an order of five hundred; its entry is there once.
    unlike = [replace(one, id=at) for at, one in enumerate(lines)]
    left = {one.id: 3 for one in unlike}
    given_before = {"amount": other, "reason": other, "units-1": other, "recipient": other,
                    "country": other, "deliver_on": other, "scope": other}  # fmt: skip
    seen = drawn.a_seen(
        ActKind.REFUND,
        refund=drawn.money(10**12),
        comes_back=(Units(title, other, 3),) * 60,
        is_sent=(Units(title, other, 3),) * 60,
        return_number=other,
    )
    doing = Doing(key="k", given=given_before, seen=seen, desk_url=other)
    other_version = drawn.a_variant(name=title, options={"a": other}, option_words={})
    facts = drawn.refund_facts() | drawn.swap_facts() | {"lines": unlike, "left": left}
    facts |= {"others": {1: [other_version] * 3, 2: [replace(other_version, id=9, sku="MUG_9")]}}
    facts |= {"against": dict.fromkeys(left, other), "address": drawn.an_address(), "in_part": True}
    facts |= {"labels": [("R-7", other)], "hours": [("", other), ("1", other)]}
    with made.spoken(*how) as voice:
        for kind in acting.KINDS:
            reasons = ["other", "another"] if kind is ActKind.CANCEL else facts["reasons"]
            offered = facts | {"reasons": reasons}
            check(acting.act(page, kind, offered, replace(doing, refusals=(other,)), voice))
            check(acting.act(page, kind, offered, doing, voice))


@often
@given(worst=pages(), how=speaking, other=text, title=words())
def test_lists(worst: Worst, how: tuple[Language, Sight], other: str, title: Any) -> None:
    page = worst.page
    line = replace(
        drawn.a_line_of_list(), number=other, customer_name=other, order_number=other,
        excerpt=other, reason=other, parts=(Part(other, is_hit=True),),
    )  # fmt: skip
    named = results.Names(reasons={other: title}, staff={made.MIKA.id: other})
    found = results.Found(searched=other, cases=[line] * 60, count=10**6)
    past = replace(
        drawn.a_past(60), title=other, told=lambda _e, _f: Sentence(other, "dot", "danger"),
        names={made.MIKA.id: other}, ref=other[:20],
    )  # fmt: skip
    desk = drawn.a_desk(
        name=other, queues={1: title}, mine=[line] * 90, waiting=[line] * 90, names=named,
        desk_url=other,
    )  # fmt: skip
    with made.spoken(*how) as voice:
        check(results.message(found, named, voice, now=made.NOW))
        check(results.modal(found, named, voice, now=made.NOW))
        check(history.history(past, voice, page=2))
        check(home.home(desk, voice))
        check(home.unlinked(other))
        check(stock.stock(stock.of_page(page, voice), drawn.kept(), voice, searched=other))
        if page.panel is not None:
            looked = drawn.looked(panel=page.panel, customer=page.customer, case=other)
            check(orders.message(looked, voice))
            check(orders.modal(replace(looked, case_id=2**63 - 1, desk_url=other), voice))


@often
@given(head=text, said=text, times=st.sampled_from([1, 1, 30]), name=st.none() | text)
def test_posts_below_a_card(head: str, said: str, times: int, name: str | None) -> None:
    words = (said * times)[:10_000]
    with made.spoken(Language.JAPANESE, Sight.SHORT):
        files = None if name is None else esc(name)
        for one in (mirroring.drawn(head, words, files), drawing.moved(head, None, OWN[0])):
            assert limits.faults_of_message(one.text, one.blocks) == []
            marked = [block for block in one.blocks if block["type"] != "rich_text"]
            dangers = hostile.dangers(marked, own=OWN)
            assert [found for found in dangers if "would link" not in found] == []
            assert hostile.calls(one.text) == []


@often
@given(said=text, times=st.sampled_from([1, 1, 30]), choices=st.lists(text, max_size=12))
def test_what_the_bot_says_to_a_customer(said: str, times: int, choices: list[str]) -> None:
    words = (said * times)[:10_000]
    offered = [{"label": one[:40] or "x", "value": f"v{at}"} for at, one in enumerate(choices)]
    card = OrderCard(
        title=said, status=said, tone=Tone.BAD, place=99, window_label=said, window=said,
        items=(Item(said, 3),) * 5, more=said, page="https://shop.example/a", page_label=said,
        summary=words,
    )  # fmt: skip
    extras: list[dict[str, object]] = [{"choices": offered}]
    extras.append({"choices": offered, EXTRA: card.as_json()})
    for extra in extras:
        out = Outgoing("k", 1, "c", "D1", Language.JAPANESE, "", words, extra)
        one = laying.drawn(
            out,
            SpokenFormats(made.NOW, ZoneInfo("Asia/Tokyo")),
            files_url="https://shop.example/files",
        )
        assert limits.faults_of_message(one.text, one.blocks) == []
        assert hostile.calls(one.text) == []


# What may be read where


def secrets() -> CasePage:
    written = "mail me at emma@example.com or 090-1234-5678, 〒160-0022 A-10423"
    return made.a_page(customer=made.a_customer("Wilson", "Emma"), thread=(made.said(written),))


@pytest.mark.parametrize("language", list(Language))
def test_an_open_channel_shows_no_addresses_numbers_and_whole_names(language: Language) -> None:
    with made.spoken(language, Sight.SHORT) as voice:
        shown = str(card.card(secrets(), made.beside(), voice))
    for secret in ("emma@example.com", "090-1234-5678", "160-0022", "Wilson"):
        assert secret not in shown
    assert "Emma W." in shown
    assert "A-10423" in shown


def test_a_private_channel_shows_what_the_desk_shows() -> None:
    with made.spoken(Language.ENGLISH, Sight.ALL) as voice:
        shown = str(card.card(secrets(), made.beside(), voice))
    for told in ("emma@example.com", "090-1234-5678", "Emma Wilson"):
        assert told in shown


@pytest.mark.parametrize("language", list(Language))
def test_who_may_see_no_personal_data_sees_none(language: Language) -> None:
    with made.spoken(language, Sight.NONE) as voice:
        page = secrets()
        shown = str(card.card(page, made.beside(), voice))
        shown += str(talking.reply(page, drawn.hand(), Writing(form_id="f"), voice))
        shown += str(results.message(
            results.Found(searched="x", cases=(drawn.a_line_of_list(),)), drawn.names(), voice,
            now=made.NOW,
        ))  # fmt: skip
        facts = {"address": drawn.an_address() | {"recipient": "佐藤 美咲"}}
        shown += str(acting.act(page, ActKind.ADDRESS, facts, Doing(key="k"), voice))
    for secret in ("emma@example.com", "090-1234-5678", "Emma", "Wilson", "佐藤", "荷物が"):
        assert secret not in shown
    assert "A-10423" in shown
