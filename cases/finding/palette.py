"""What the command palette finds of cases, and what can be begun from anywhere on the desk."""

from collections.abc import Sequence
from typing import Final

from flask import url_for

from cases import queries as cases
from cases.finding import pages, queries
from cases.finding.filters import GIVEN, View, Wanted
from cases.finding.queries import Line
from cases.finding.states import Sort
from cases.finding.words import VIEWS
from cases.sla.pages import TIERS
from cases.taxonomy import labels
from oms_service.access import personal
from oms_service.access.guard import staff
from oms_service.customers import queries as customers
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import say
from oms_service.ports.palette import Hit, PaletteSource
from oms_service.runtime import runtime
from oms_service.web import palette
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

#: Where agents are away and back again; the words that find it, besides those it is called by.
_AWAY: Final = N_("away, busy, break, present")


def _(text: str) -> str:
    return str(gettext(text))


def _cases(typed: str, limit: int) -> Sequence[Hit]:
    """Cases by number, name or words; with nothing typed those of mine that changed last."""
    here = runtime()
    wanted = (
        Wanted(GIVEN[View.ALL].filters, typed, Sort.CHANGED)
        if typed
        else Wanted(GIVEN[View.MINE].filters, "", Sort.CHANGED)
    )
    with here.database.reading() as connection:
        try:
            answer = queries.page(
                connection,
                wanted,
                pages.viewer(),
                now=here.clock.now(),
                zone=here.settings.zone,
                limit=limit,
            )
        except Invalid:  # words that stand in far too many cases find none here
            return ()
        # A number or an address is meant to the letter: what looks like it is somebody else's.
        is_other = answer.is_close and any(one.isdigit() or one == "@" for one in typed)
        found = () if is_other else answer.page.items
        reasons = cases.reasons(connection) if found else {}
    return [_hit(line, say(reasons[line.reason].name, spoken())) for line in found]


def _hit(line: Line, reason: str) -> Hit:
    who = personal.shown(line.customer_name, "name") if line.customer_name else ""
    about = (reason, line.order_number, labels.here().agent(line.state))
    return Hit(
        label=" ".join(one for one in (line.number, who or _("Unknown visitor")) if one),
        url=url_for("desk.case", number=line.number),
        detail=" · ".join(one for one in about if one),
        icon="speech",
    )


def _customers(typed: str, limit: int) -> Sequence[Hit]:
    """People by a part of their name, or by mail or phone, for who may see who they are."""
    if not (typed and personal.may_see()):
        return ()
    with runtime().database.reading() as connection:
        found = customers.search(connection, typed, limit=limit)
    return [
        Hit(
            label=one.name or _("Unknown visitor"),
            url=url_for("desk_customers.one", customer_id=one.id),
            detail=_(TIERS[one.tier]),
            icon="person",
        )
        for one in found
    ]


def _actions(typed: str, limit: int) -> Sequence[Hit]:
    """What can be begun, and the lists of the inbox."""
    found = []
    if staff().may("cases:work"):
        words = _("Take the next case")
        if palette.fits(typed, words):
            fields = {"form_id": f"next:{ids.token()}"}
            url = url_for("team.take_next")
            found.append(Hit(label=words, url=url, icon="arrow", fields=fields))
        words = _("Say whether I am there or away")
        if palette.fits(typed, words, _(_AWAY)):
            found.append(Hit(label=words, url=url_for("team.presence"), icon="pause"))
    if typed:
        found += [
            Hit(label=_(word), url=url_for("finding.inbox", view=view), icon="inbox")
            for view, word in VIEWS.items()
            if palette.fits(typed, _(word), _("Inbox"))
        ]
    return found[:limit]


SOURCES: Final = (
    PaletteSource(
        name="actions", heading=N_("Actions"), find=_actions, permission="cases:read", rank=10
    ),
    PaletteSource(name="cases", heading=N_("Cases"), find=_cases, permission="cases:read", rank=20),
    PaletteSource(
        name="customers",
        heading=N_("Customers"),
        find=_customers,
        permission="customers:read",
        rank=40,
    ),
)
