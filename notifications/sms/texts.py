"""A notice as one short message: its subject, the day it tells where it tells one, and a link.

Pure. Whoever finds a telephone reads its messages: nothing of a person stands in one but the
number of an order or of a matter, and the link leads to all the rest.
"""

from collections.abc import Mapping
from typing import Any, Final

from notifications.parts import PLACE, Button
from notifications.render import Speech, Wording, render, source
from oms_service.adapters.sms import segments
from oms_service.kernel.languages import Language

#: The only places of a subject that may stand in a short message.
NUMBERS: Final = frozenset({"order", "return_number", "claim_number", "case_number"})
#: Where a notice leads that has no page of its own: to what the customer was told.
TOLD: Final = "/account/inbox"
_END: Final = {Language.JAPANESE: "。", Language.ENGLISH: ". "}
#: Sentences about an arrival, the first that a template says.
_SENTENCES: Final = ("window", "expected", "arrival")


def short(
    template: str,
    facts: Mapping[str, Any],
    speech: Speech,
    *,
    site: str,
    wording: Wording | None = None,
) -> str:
    """The text of a notice in at most three parts.

    Args:
        template: whose words, unless the shop has written a subject that may stand here.
        facts: as told.
        speech: in which language, from which moment.
        site: the shop's public address, for notices that lead nowhere else.
        wording: what the shop has written instead.

    Raises:
        KeyError: the facts lack something the words say.
    """
    words = render(template, facts, speech, wording=wording)
    own = source(template, speech.language)
    subject = words.subject
    if wording is not None and not set(PLACE.findall(wording.subject)) <= NUMBERS:
        subject = render(template, facts, speech).subject
    button = next((part.url for part in words.parts if isinstance(part, Button)), f"{site}{TOLD}")
    # Several buttons may answer a question on one page: the page itself, and none of the answers.
    page = str(facts.get("link") or "")
    link = page if page and button.startswith(f"{page}?") else button
    day = _day(own, facts, speech)
    return segments.fitted(f"{subject}{_END[speech.language]}{day}" if day else subject, link)


def _day(own: Wording, facts: Mapping[str, Any], speech: Speech) -> str:
    """When the goods arrive, where the notice says so and somebody knows."""
    told = next((one for one in _SENTENCES if one in own.places), None)
    start = facts.get("new_from") if told == "window" else facts.get("expected_from")
    until = facts.get("new_until") if told == "window" else facts.get("expected_until")
    if told is None or not start or not until:
        return ""
    return speech.arrival(start, until) if told == "arrival" else speech.expected(start, until)
