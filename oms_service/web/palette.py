"""The command palette: every page, thing and action of a colleague, found by typing its name.

It opens over any page of staff with Ctrl or ⌘ and K, and is the page ``/desk/find`` without script.
What it finds comes from the sources that packages hang into the frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Flask, render_template, request, url_for

from oms_service.access import doors
from oms_service.access.guard import guard, staff
from oms_service.kernel.text import folded
from oms_service.ports.palette import Hit, PaletteSource
from oms_service.ports.slots import Area
from oms_service.runtime import Runtime, runtime
from oms_service.web.texts import N_, gettext

#: Nobody searches for more; what is longer was pasted by mistake.
LONGEST: Final = 100
#: So many of one kind are shown; more words find the others.
MOST: Final = 6

blueprint = Blueprint("palette", __name__, url_prefix="/desk", template_folder="templates")


@dataclass(frozen=True)
class Group:
    """Hits of one kind under their heading, a msgid."""

    name: str
    heading: str
    hits: list[Hit]


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the palette into ``app``, with its pages as the first thing that can be found."""
    runtime.slots.add(
        PaletteSource(name="pages", heading=N_("Pages"), find=lambda *a: _pages(app, *a), rank=90)
    )
    app.register_blueprint(blueprint)


@blueprint.get("/palette")
@guard("sessions:own")
def hits() -> str:
    """What fits, as the list of the palette."""
    return render_template("frame/palette_hits.html", groups=_found(_typed()))


@blueprint.get("/find")
@guard("sessions:own")
def page() -> str:
    """The same as a page of its own."""
    typed = _typed()
    return render_template("frame/find.html", typed=typed, groups=_found(typed))


def _typed() -> str:
    return request.args.get("q", "").replace("\0", "").strip()[:LONGEST]


def _found(typed: str) -> list[Group]:
    """What fits; sources of one heading stand together under it."""
    found: dict[str, Group] = {}
    for one in runtime().slots.sources(staff().may):
        group = found.setdefault(one.heading, Group(one.name, one.heading, []))
        group.hits.extend(one.find(typed, MOST))
    return [one for one in found.values() if one.hits]


def fits(typed: str, *words: str) -> bool:
    """Whether everything typed stands in ``words``, however it is written."""
    said = folded(" ".join(words))
    return all(one in said for one in folded(typed).split())


def _pages(app: Flask, typed: str, limit: int) -> Sequence[Hit]:
    """The entries of the navigation a colleague may follow."""
    me = staff()
    found = []
    for entry in runtime().slots.navigation(Area.DESK, me.may):
        label = str(gettext(entry.label))
        group = str(gettext(entry.group)) if entry.group else ""
        if fits(typed, label, group, entry.label):
            url = url_for(entry.endpoint)
            if not doors.is_shut(app, me, url):
                found.append(Hit(label=label, url=url, detail=group, icon=entry.icon))
    return found[:limit]
