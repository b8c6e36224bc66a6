"""The frame of every dialog about a case, and what the customer last wrote in it."""

from collections.abc import Iterable
from typing import Any, Final

from bots.slack import values
from bots.slack.blocks import fitting
from bots.slack.blocks.bricks import Block, Choice, context, quote
from bots.slack.blocks.card import headline
from bots.slack.blocks.speaking import Voice
from bots.slack.blocks.texts import bold, joined
from cases.desk.page import CasePage
from oms_service.web.texts import gettext

#: How much of the customer's words stands above a form.
MOST_QUOTED: Final = 1_200


def modal(
    verb: str,
    title: str,
    page: CasePage,
    blocks: list[Block],
    voice: Voice,
    *,
    submit: str = "",
    more: dict[str, values.More] | None = None,
) -> dict[str, Any]:
    """A dialog about a case; its ``callback_id`` is ``case:<verb>``.

    Raises:
        ValueError: ``more`` does not fit into the memory of a view.
    """
    about = joined([bold(headline(page, voice)), voice.name(page.customer)])
    return fitting.modal(
        f"case:{verb}",
        title,
        [context(about), *blocks],
        memory=values.memory(page.case.id, page.case.version, more or {}),
        submit=submit,
        close=_("Go back") if submit else "",
    )


def asked(page: CasePage, voice: Voice) -> list[Block]:
    """What the customer last wrote, in their own words; nothing where they wrote none."""
    said = page.asked_in
    if said is None or not said.text.strip():
        return []
    when = _("%(who)s wrote, %(when)s:") % {
        "who": voice.name(page.customer),
        "when": voice.said.moment(said.at),
    }
    return [context(when), quote(voice.words(said.text), MOST_QUOTED)]


def choices(pairs: Iterable[tuple[str, str]]) -> list[Choice]:
    """What the desk's forms offer, as lines of a menu; the empty one is no choice."""
    return [Choice(value, label) for value, label in pairs if value]


def _(text: str) -> str:
    return str(gettext(text))
