"""Saying yes or no to what waits: what it brings stands above; a no that is told has a reason."""

from typing import Any, Final

from bots.slack.blocks.bricks import Block, asked, context, line, section
from bots.slack.blocks.forms import framing
from bots.slack.blocks.speaking import Voice
from bots.slack.blocks.texts import bold, joined
from bots.slack.blocks.waiting import Ask, Waits
from cases.desk.page import CasePage
from oms_service.web.texts import N_, gettext

#: What the desk calls the reason that the customer reads; a claim's is shorter.
REASONS: Final = {Ask.RETURN: ("reason", 500), Ask.CLAIM: ("answer", 500)}
_TITLES: Final = {
    Ask.RETURN: (N_("Approve the return"), N_("Reject the return")),
    Ask.CLAIM: (N_("Accept the claim"), N_("Reject the claim")),
    Ask.WISH: (N_("Do as wished"), N_("Decline the wish")),
    Ask.REFUND: (N_("Agree to the refund"), N_("Do not agree")),
}
_SUBMITS: Final = {
    Ask.RETURN: (N_("Approve it"), N_("Reject and tell them")),
    Ask.CLAIM: (N_("Accept it"), N_("Reject and tell them")),
    Ask.WISH: (N_("Do as wished"), N_("Decline the wish")),
    Ask.REFUND: (N_("Pay it"), N_("Do not agree")),
}
_BRINGS: Final = {
    Ask.RETURN: N_("The customer is told at once and gets the label."),
    Ask.CLAIM: N_("The customer is told at once."),
    Ask.WISH: N_("The order is changed at once."),
    Ask.REFUND: N_("It is paid at once. Your name stays with it."),
}


def approve(page: CasePage, one: Waits, voice: Voice) -> dict[str, Any]:
    """A yes, with what it brings. The memory has ``what``, ``ref``, ``rv``."""
    blocks = [
        *_about(one),
        *framing.asked(page, voice),
        context(_(_BRINGS[one.what])),
    ]
    title, submit = _(_TITLES[one.what][0]), _(_SUBMITS[one.what][0])
    return framing.modal("approve", title, page, blocks, voice, submit=submit, more=_memory(one))


def reject(page: CasePage, one: Waits, voice: Voice) -> dict[str, Any]:
    """A no; where the customer is told, field ``reason`` or ``answer`` says why."""
    blocks = [*_about(one), *framing.asked(page, voice)]
    if one.says_why:
        name, most = REASONS[one.what]
        field = line(name, is_long=True, least=1, most=most)
        blocks.append(asked(_("Reason"), field, hint=_("The customer reads this sentence.")))
    title, submit = _(_TITLES[one.what][1]), _(_SUBMITS[one.what][1])
    return framing.modal("reject", title, page, blocks, voice, submit=submit, more=_memory(one))


def _about(one: Waits) -> list[Block]:
    return [section(joined([bold(one.title), one.detail], "\n"))]


def _memory(one: Waits) -> dict[str, int | str]:
    return {"what": str(one.what), "ref": one.ref, "rv": one.version}


def _(text: str) -> str:
    return str(gettext(text))
