"""Who is there, on pages: one's own presence, the next case, and the team for its leads."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries as cases
from cases.routing import assignment, queries, service, words
from cases.routing.assignment import NothingWaits
from cases.routing.queries import AgentView
from cases.routing.service import AgentWish
from cases.routing.states import Presence
from oms_service.access.guard import actor, guard, staff
from oms_service.infra import idempotency
from oms_service.infra.idempotency import Answer
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language, say
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("team", __name__, url_prefix="/desk", template_folder="templates")

LANGUAGES: Final[Mapping[Language, str]] = {
    Language.JAPANESE: N_("Japanese"),
    Language.ENGLISH: N_("English"),
}
_DIGITS: Final = 6
_KEY: Final = 60


def _(text: str) -> str:
    return str(gettext(text))


def badge() -> int | None:
    """How many cases a lead was told of."""
    with runtime().database.reading() as connection:
        return queries.told_count(connection) or None


# One's own


@blueprint.route("/presence", methods=["GET", "POST"])
@guard("cases:work")
def presence() -> ResponseReturnValue:
    """Say whether one is there; and take the next case."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _say_presence(staff().id)
        if not errors:
            flash(_("Noted. Routing goes by it from now on."), "success")
            return redirect(url_for("team.presence"), HTTPStatus.SEE_OTHER)
    with runtime().database.reading() as connection:
        me = _me(queries.agents(connection))
        names = {one.id: one.name for one in queries.queues(connection)}
    page = render_template(
        "routing/presence.html",
        area="desk",
        me=me,
        queue_names=names,
        options=_presences(),
        typed=request.form,
        errors=errors,
        form_id=ids.token(),
        **_words(),
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _me(found: tuple[AgentView, ...]) -> AgentView | None:
    return next((one for one in found if one.staff_id == staff().id), None)


def _presences() -> list[dict[str, str]]:
    return [
        {"value": str(one), "label": _(said), "hint": _(words.PRESENCE_HINTS[one])}
        for one, said in words.PRESENCES.items()
    ]


def _say_presence(staff_id: int) -> dict[str, str]:
    wanted = request.form.get("presence", "")
    if wanted not in set(Presence):
        return {"presence": _("Choose one of these.")}
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.set_presence(uow, staff_id, Presence(wanted), back_at=_back_at())
    except Invalid:
        return {"day": _("Choose a moment to come, within two months; only when busy or away.")}
    except NotFound:
        return {"presence": _("You have no place in routing yet; it takes a few seconds.")}
    return {}


def _back_at() -> datetime | None:
    day, clock = request.form.get("day", "").strip(), request.form.get("time", "").strip()
    if not day and not clock:
        return None
    house = runtime()
    day = day or house.clock.now().astimezone(house.settings.zone).date().isoformat()
    try:
        found = datetime.fromisoformat(f"{day}T{clock}")
        moment = found.replace(tzinfo=house.settings.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("that is no moment", {"back_at": "is not a day and a time"}) from None
    if found.tzinfo is not None:
        raise Invalid("that is no moment", {"back_at": "is not a day and a time"})
    return moment


@blueprint.post("/next")
@guard("cases:work")
def take_next() -> ResponseReturnValue:
    """Take the most pressing case that waits; pressed twice, it is still one case."""
    key = request.form.get("form_id", "")[:_KEY]
    try:
        with runtime().unit_of_work(actor()) as uow:
            number = _taken(uow, key)
    except NothingWaits:
        flash(_("Nothing waits for you just now."), "success")
        return redirect(url_for("finding.inbox"), HTTPStatus.SEE_OTHER)
    except NotFound:
        flash(_("You have no place in routing yet; it takes a few seconds."), "attention")
        return redirect(url_for("finding.inbox"), HTTPStatus.SEE_OTHER)
    flash(_("It is yours now."), "success")
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


def _taken(uow: Any, key: str) -> str:
    scope, me = f"{actor().ref} take-next", staff().id
    known = idempotency.recall(uow, scope=scope, key=key, body=b"") if key else None
    if known is not None:
        return str(known.body["number"])
    number = assignment.take_next(uow, me).number
    if key:
        answer = Answer(HTTPStatus.OK, {"number": number})
        idempotency.remember(uow, scope=scope, key=key, body=b"", answer=answer)
    return number


# The team


@blueprint.get("/team")
@guard("routing:manage")
def team() -> str:
    """Everybody with presence and load, why cases wait, and those a lead was told of."""
    with runtime().database.reading() as connection:
        found = queries.agents(connection)
        waiting = queries.waiting(connection)
        told = queries.told(connection)
        names = {one.id: one.name for one in queries.queues(connection)}
        skills = {one.code: one.name for one in queries.skills(connection)}
    return render_template(
        "routing/team.html",
        area="desk",
        agents=found,
        waiting=sorted(waiting.items(), key=lambda one: (-one[1], one[0])),
        told=told,
        who={one.staff_id: one.name for one in found},
        queue_names=names,
        skill_names=skills,
        **_words(),
    )


@blueprint.route("/team/<int:staff_id>", methods=["GET", "POST"])
@guard("routing:manage")
def agent(staff_id: int) -> ResponseReturnValue:
    """What one colleague can, and how much they are given."""
    with runtime().database.reading() as connection:
        found = queries.agent(connection, staff_id)
        queues, skills = queries.queues(connection), queries.skills(connection)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _save_agent(found)
        if not errors:
            flash(_("Noted. Routing goes by it from now on."), "success")
            return redirect(url_for("team.team"), HTTPStatus.SEE_OTHER)
    in_queues = {one.id for one in queues if one.id in found.queues}
    page = render_template(
        "routing/agent.html",
        area="desk",
        agent=found,
        typed=request.form,
        errors=errors,
        languages=[{"value": str(one), "label": _(said)} for one, said in LANGUAGES.items()],
        queues=[{"value": one.code, "label": say(one.name, spoken())} for one in queues],
        held_queues=[one.code for one in queues if one.id in in_queues],
        skills=[
            {
                "value": one.code,
                "label": say(one.name, spoken()),
                "disabled": one.follows_role,
                "hint": _("Follows from the role.") if one.follows_role else None,
            }
            for one in skills
            if one.is_active or one.code in found.skills
        ],
        options=_presences(),
        **_words(),
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _save_agent(found: AgentView) -> dict[str, str]:
    form = request.form
    wish = AgentWish(
        capacity=whole("capacity"),
        languages=form.getlist("languages"),
        skills=form.getlist("skills"),
        queues=form.getlist("queues"),
    )
    wanted = form.get("presence", str(found.presence))
    if wanted not in set(Presence):
        return {"presence": _("Choose one of these.")}
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.change_agent(uow, found.staff_id, wish, version=whole("version"))
            if wanted != found.presence:
                service.set_presence(uow, found.staff_id, Presence(wanted))
    except Stale:
        return {"version": _("Somebody changed this meanwhile. Look at it again.")}
    except Invalid as wrong:
        return {name: _(_WRONG.get(name, "Please check this.")) for name in wrong.fields}
    return {}


_WRONG: Final = {
    "capacity": N_("Enter a whole number from 0 to 1000."),
    "languages": N_("Choose at least one language."),
}


@blueprint.post("/team/told/<number>")
@guard("routing:manage")
def looked(number: str) -> ResponseReturnValue:
    """A lead has looked at a case that ran out of time."""
    with runtime().unit_of_work(actor()) as uow:
        found = cases.by_number(uow.session, number)
        service.look_at(uow, found.id)
    flash(_("%(number)s is off the list.") % {"number": found.number}, "success")
    return redirect(url_for("team.team"), HTTPStatus.SEE_OTHER)


def whole(name: str) -> int:
    """A whole number as typed; -1 where it is none, which is refused everywhere."""
    typed = request.form.get(name, "").strip()
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else -1


def _words() -> dict[str, Any]:
    return {
        "presences": words.PRESENCES,
        "tones": words.PRESENCE_TONES,
        "icons": words.PRESENCE_ICONS,
        "nobody": words.NOBODY,
        "language_words": LANGUAGES,
    }


ENTRIES: Final = (
    Entry(
        area=Area.DESK,
        label=N_("My presence"),
        endpoint="team.presence",
        permission="cases:work",
        icon="person",
        rank=15,
    ),
    Entry(
        area=Area.DESK,
        label=N_("Team"),
        group=N_("Team and figures"),
        endpoint="team.team",
        permission="routing:manage",
        badge=badge,
        icon="people",
        rank=44,
    ),
)
