"""Everything that can be done in a case, in one dialog: what the card has no room for."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bots.slack import values
from bots.slack.blocks.bricks import Block, Element, actions, alert, button, context, section
from bots.slack.blocks.forms import framing
from bots.slack.blocks.forms.acting import KINDS
from bots.slack.blocks.speaking import Voice
from bots.slack.blocks.texts import bold, joined, linked
from bots.slack.blocks.waiting import Waits
from cases.acting import showing, words
from cases.acting.previews import Offer
from cases.desk.page import CasePage
from cases.states import CASE, CaseAction, CaseState
from oms_service.web.texts import N_, gettext

#: What everybody may look at who reads cases.
LOOKS: Final[Mapping[str, str]] = {
    "history": N_("Whole history"),
    "order": N_("The order"),
    "stock": N_("Stock by location"),
}
_TALK: Final[Mapping[str, tuple[str, str]]] = {
    "reply": (N_("Reply…"), "cases:reply"),
    "ask": (N_("Ask for information…"), "cases:reply"),
    "note": (N_("Internal note…"), "cases:work"),
}
_WORK: Final[Mapping[str, tuple[str, str]]] = {
    "take": (N_("Take it"), "cases:work"),
    "resume": (N_("Work on it again"), "cases:work"),
    "release": (N_("Give back to the queue"), "cases:work"),
    "assign": (N_("Assign…"), "cases:assign"),
    "snooze": (N_("Snooze…"), "cases:work"),
    "wait": (N_("Wait for others…"), "cases:work"),
    "escalate": (N_("Escalate…"), "cases:work"),
    "queue": (N_("Move to a queue…"), "cases:work"),
    "merge": (N_("Merge…"), "cases:work"),
    "resolve": (N_("Resolve…"), "cases:work"),
    "reopen": (N_("Open it again"), "cases:work"),
    "promote": (N_("A channel of its own…"), "cases:work"),
    "demote": (N_("Back to the queue's channel"), "cases:work"),
}
_MOST_REASONS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Around:
    """What the menu of one colleague needs to know.

    ``may`` says whether they have a permission; somebody who is nobody here has none. ``found``
    is what waits for a yes or no, ``offers`` what ``cases.acting.previews.offers`` says.
    """

    may: Callable[[str], bool]
    me: int | None = None
    found: Sequence[Waits] = ()
    offers: Sequence[Offer] = ()
    is_promoted: bool = False
    desk_url: str = ""


def menu(page: CasePage, around: Around, voice: Voice) -> dict[str, Any]:
    """All that a colleague may press in this state, by what it is about."""
    may = around.may
    value = values.encode(page.case.id, page.case.version)
    able = _able(page, around.me, is_promoted=around.is_promoted)
    talk = _buttons(_TALK, value, may, able)
    work = _buttons(_WORK, value, may, able)
    looks = [button(_(word), f"case:{verb}", value) for verb, word in _looks(page).items()]
    decisions = [block for one in around.found for block in _decision(page, one)]
    blocks = [
        *(decisions if _decides(may) else ()),
        *_group(_("Talk"), talk),
        *_group(_("Work on this case"), work),
        *_order(page, around.offers, value, may),
        *_group(_("Look"), looks),
    ]
    if around.desk_url:
        blocks.append(context(linked(around.desk_url, _("Open on the desk"))))
    return framing.modal("menu", _("Everything else"), page, blocks, voice)


def _able(page: CasePage, me: int | None, *, is_promoted: bool) -> frozenset[str]:
    """What this state has room for."""
    case, states = page.case, CASE.actions_from(page.case.state)
    if not page.is_active:
        return frozenset({"reopen"} if CaseAction.REOPEN in states else ())
    found = {"reply", "note", "assign", "escalate", "queue", "merge", "resolve"}
    wanted = {
        "ask": not case.is_internal,
        "take": case.assignee_id is None or case.assignee_id != me,
        "release": case.assignee_id is not None,
        "resume": CaseAction.RESUME in states,
        "snooze": CaseAction.SNOOZE in states,
        "wait": case.state is not CaseState.WAITING_THIRD_PARTY,
        "promote": not is_promoted,
        "demote": is_promoted,
    }
    return frozenset(found | {verb for verb, is_wanted in wanted.items() if is_wanted})


def _looks(page: CasePage) -> dict[str, str]:
    return {
        verb: word for verb, word in LOOKS.items() if verb == "history" or page.panel is not None
    }


def _decides(may: Callable[[str], bool]) -> bool:
    return any(may(one) for one in ("returns:approve", "refunds:approve", "orders:change"))


def _decision(page: CasePage, one: Waits) -> list[Block]:
    carried = one.value(page)
    yes = button(one.yes, "case:approve", carried, style="primary")
    no = button(one.no, "case:reject", carried)
    return [section(joined([bold(one.title), one.detail], "\n")), *actions([yes, no])]


def _buttons(
    of: Mapping[str, tuple[str, str]],
    value: str,
    may: Callable[[str], bool],
    able: Collection[str],
) -> list[Element]:
    return [
        button(_(word), f"case:{verb}", value, alert=_alert(verb))
        for verb, (word, permission) in of.items()
        if verb in able and may(permission)
    ]


def _alert(verb: str) -> Element | None:
    """What is asked before something that has no dialog of its own."""
    if verb != "release":
        return None
    return alert(
        _("Give back to the queue"),
        _("It goes to whoever is next, not to you."),
        _("Give the case back"),
        _("Keep the case"),
    )


def _group(title: str, elements: Sequence[Element]) -> list[Block]:
    return [context(bold(title)), *actions(elements)] if elements else []


def _order(
    page: CasePage, offers: Iterable[Offer], value: str, may: Callable[[str], bool]
) -> list[Block]:
    """What can be done about the order, and why the rest cannot."""
    if page.panel is None or not page.is_active or not may("cases:act"):
        return []
    able, not_able = [], []
    for one in offers:
        if one.kind not in KINDS or one.why == "not_allowed":
            continue
        name = _(words.KINDS[one.kind][0])
        if one.is_possible:
            able.append(button(f"{name}…", f"case:act_{one.kind}", value))
        else:
            not_able.append(f"{name}: {' '.join(showing.why_not(one))}")
    title = _("Do something about order %(number)s") % {"number": page.panel.order.number}
    blocks = _group(title, able)
    return [*blocks, *([context(*not_able[:_MOST_REASONS])] if not_able else [])]


def _(text: str) -> str:
    return str(gettext(text))
