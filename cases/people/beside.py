"""What stands beside a case of the other cases of its customer."""

from collections.abc import Mapping
from typing import Final

from flask import render_template

from cases import queries as cases
from cases.finding import pages as lists
from cases.finding import queries as finding
from cases.words import STATE_ICONS, STATE_TONES
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import reading
from oms_service.web.texts import N_

#: Who wrote more often is looked at on a page of their own.
_MOST: Final = 8


def previous(context: Mapping[str, object]) -> str | None:
    """The customer's other cases that the colleague may see; None where there are none."""
    customer_id = context.get("customer_id")
    if not isinstance(customer_id, int):
        return None
    found = finding.of_customer(reading(), customer_id, lists.viewer(), limit=_MOST + 1)
    others = [one for one in found if one.case_id != context.get("case_id")][:_MOST]
    if not others:
        return None
    return render_template(
        "people/previous.html",
        others=others,
        reasons=cases.reasons(reading()),
        customer_id=customer_id,
        tones=STATE_TONES,
        icons=STATE_ICONS,
    )


PANEL: Final = Panel(
    beside=Beside.CASE,
    name="previous",
    label=N_("Previous cases"),
    render=previous,
    permission="cases:read",
    rank=20,
    folds=True,
)
