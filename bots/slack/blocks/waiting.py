"""What in a case waits for somebody's yes or no: a return, a claim, a wish, a refund."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bots.slack import values
from bots.slack.blocks import ordered
from bots.slack.blocks.speaking import Voice
from bots.slack.blocks.texts import Mark, joined
from cases.acting import showing
from cases.desk.page import CasePage
from oms_service.orders.changes import ChangeView
from oms_service.payments.queries import RefundView
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.states import Remedy
from oms_service.web.texts import gettext


class Ask(StrEnum):
    """What is to be decided; ``ref`` of it is a number of a return or claim, a position, an id."""

    RETURN = "return"
    CLAIM = "claim"
    WISH = "wish"
    REFUND = "refund"


@dataclass(frozen=True)
class Waits:
    """One thing that waits: ``yes`` and ``no`` are what the buttons say.

    ``version`` is that of the thing; of a return that of its case, of a wish its id: a position
    alone may be another order's by the time it is decided. ``asked_by`` may not decide
    it, where a second person is needed.
    """

    what: Ask
    ref: str
    version: int
    title: str
    detail: Mark
    yes: str
    no: str
    says_why: bool = False
    asked_by: str = ""

    def value(self, page: CasePage) -> str:
        """What a button carries that leads to the decision."""
        return values.encode(
            page.case.id, page.case.version, what=str(self.what), ref=self.ref, rv=self.version
        )


@dataclass(frozen=True)
class Asked:
    """What waits in the order of a case beside its return, as ``cases.acting`` knows it."""

    refunds: Sequence[RefundView] = ()
    claims: Sequence[ClaimView] = ()
    wishes: Sequence[ChangeView] = ()


def of_case(page: CasePage, asked: Asked, voice: Voice) -> list[Waits]:
    """All that waits, what the customer waits for first; nothing in a settled case."""
    if not page.is_active:
        return []
    return [
        *_return(page, voice),
        *(_claim(one, voice) for one in asked.claims),
        *(_wish(one, voice) for one in asked.wishes),
        *(_refund(one, page, voice) for one in asked.refunds),
    ]


def named(found: Sequence[Waits], what: str, ref: str) -> Waits | None:
    """The one that a button was about, if it still waits."""
    return next((one for one in found if one.what == what and one.ref == ref), None)


def _return(page: CasePage, voice: Voice) -> list[Waits]:
    asked = page.asked
    if asked is None or not page.may_decide:
        return []
    goods = [ordered.item(line, quantity, voice) for line, quantity in page.wanted_lines]
    money = voice.money(asked.refund)
    rule = _(page.rule) if page.rule else _("No rule stands against it.")
    return [
        Waits(
            Ask.RETURN,
            asked.number,
            page.case.version,
            _("Return %(number)s: refund %(money)s") % {"number": asked.number, "money": money},
            joined([*goods[:10], rule], "\n"),
            _("Approve the return (refund %(money)s)") % {"money": money},
            _("Reject the return"),
            says_why=True,
        )
    ]


def _claim(one: ClaimView, voice: Voice) -> Waits:
    money = voice.money(one.refund)
    is_refund = one.remedy is Remedy.REFUND
    wants = (
        _("The customer wants %(money)s back.") % {"money": money}
        if is_refund
        else _("The customer wants it sent again.")
    )
    yes = (
        _("Accept the claim (refund %(money)s)") % {"money": money}
        if is_refund
        else _("Accept the claim and send it again")
    )
    title = _("Claim %(number)s: %(reason)s") % {
        "number": one.number,
        "reason": showing.claim_reason(one),
    }
    detail = joined([wants, showing.rule(one.referred_by_rule)], "\n")
    no = _("Reject the claim")
    return Waits(Ask.CLAIM, one.number, one.version, title, detail, yes, no, says_why=True)


def _wish(one: ChangeView, voice: Voice) -> Waits:
    costs = ""
    if one.before != one.after:
        costs = _("The order then costs %(after)s instead of %(before)s.") % {
            "after": voice.money(one.after),
            "before": voice.money(one.before),
        }
    return Waits(
        Ask.WISH,
        str(one.position),
        one.id,
        _("Wished: %(what)s") % {"what": showing.wish_name(one)},
        joined([costs, showing.rule(one.referred_by_rule)], "\n"),
        _("Do as wished"),
        _("Decline the wish"),
    )


def _refund(one: RefundView, page: CasePage, voice: Voice) -> Waits:
    money = voice.money(one.amount)
    who = page.name_of(one.requested_by) or _("the system")
    asked_by = _("Asked for by %(name)s, %(when)s") % {
        "name": who,
        "when": voice.said.moment(one.requested_at),
    }
    return Waits(
        Ask.REFUND,
        str(one.id),
        0,
        _("Waits for a second person: refund %(money)s") % {"money": money},
        joined([asked_by, _("Somebody else than who asked for it decides.")], "\n"),
        _("Give %(money)s back") % {"money": money},
        _("Do not agree"),
        asked_by=one.requested_by,
    )


def _(text: str) -> str:
    return str(gettext(text))
