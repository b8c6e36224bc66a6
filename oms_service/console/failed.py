"""Failed steps at the console: what waits, what became of the others, one or many at once."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access import queries, words
from oms_service.access.guard import actor, guard
from oms_service.access.states import Role
from oms_service.console import audit_words, pages
from oms_service.infra import fallout_lists, trail_words
from oms_service.infra.fallout import NOTE_LENGTH, FalloutKind, FalloutState
from oms_service.infra.fallout_lists import MOST_AT_ONCE, Wanted
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import Invalid
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

_ = gettext

#: The pages stand with the others of the console.
blueprint = pages.blueprint
PAGE: Final = 50
_LONGEST: Final = 120
#: More digits than this make no id.
_DIGITS: Final = 18
KINDS: Final = {
    FalloutKind.REACTION: N_("Inside the shop"),
    FalloutKind.EFFECT: N_("Towards the outside"),
    FalloutKind.INBOUND: N_("From the outside"),
    FalloutKind.PAYMENT: N_("Payments"),
    FalloutKind.LABEL: N_("Labels of carriers"),
    FalloutKind.WEBHOOK: N_("Webhooks to partners"),
    FalloutKind.LETTER: N_("Letters to colleagues"),
}
STATES: Final = {
    FalloutState.RETRIED: (N_("Tried again"), "accent"),
    FalloutState.RESOLVED: (N_("Put aside"), ""),
}
KEYS: Final[Mapping[str, str]] = {
    "j / k": N_("Next or previous line"),
    "x": N_("Tick it"),
    "/": N_("Search"),
    "?": N_("Show these keys"),
}


@blueprint.get("/fallout", endpoint="fallout")
@guard("fallout:read")
def listed() -> ResponseReturnValue:
    """What waits for somebody, oldest first; or what was dealt with, by whom, when and why."""
    try:
        return _page()
    except Invalid:
        return redirect(_url(request.args))


@blueprint.post("/fallout/many", endpoint="fallout_many")
@guard("fallout:retry")
def many() -> ResponseReturnValue:
    """Try the ticked steps again or put them aside; or the first of all that the list finds."""
    form = request.form
    wanted, note = _wanted(form), form.get("note", "").strip()
    ticked = {int(one) for one in form.getlist("step") if one.isdecimal() and len(one) < _DIGITS}
    is_retry = form.get("do") != "resolve"
    errors = {}
    if not is_retry and not 1 <= len(note) <= NOTE_LENGTH:
        errors["note"] = _("Say in a few words how it was put right.")
    if not ticked and "all" not in form:
        errors["step"] = _("Tick the steps first.")
    if errors or len(ticked) > MOST_AT_ONCE:
        return _page(errors=errors, ticked=ticked, note=note), 422
    with runtime().unit_of_work(actor()) as uow:
        ids = fallout_lists.first_of(uow.session, wanted) if "all" in form else sorted(ticked)
        if is_retry:
            done = fallout_lists.retry(uow, ids)
            one, several = (
                N_("It is being tried again."),
                N_("%(num)s steps are being tried again."),
            )
        else:
            done = fallout_lists.resolve(uow, ids, note=note)
            one, several = N_("It is settled."), N_("%(num)s steps are put aside.")
    if done:
        flash(_(one) if len(ids) == 1 else _(several, num=done), "success")
    if done < len(ids):
        flash(_("Somebody has dealt with it already."), "attention")
    return redirect(_url(form), 303)


def _page(
    *, errors: Mapping[str, str] | None = None, ticked: set[int] | None = None, note: str = ""
) -> str:
    asked = request.values
    wanted, is_past = _wanted(asked), asked.get("view") == "settled"
    cursor = request.args.get("cursor", "")
    with runtime().database.looking() as session:
        counts = fallout_lists.counts(session)
        names = queries.staff_names(session)
        if is_past:
            past = fallout_lists.settled(session, wanted, cursor=cursor, limit=PAGE)
            following = past.next_cursor
        else:
            page = fallout_lists.waiting(session, wanted, cursor=cursor, limit=PAGE)
            following = page.next_cursor
    total = sum(counts.values())
    view = "settled" if is_past else ""
    return render_template(
        "console/fallout.html",
        area="console",
        entries=() if is_past else page.items,
        past=past.items if is_past else (),
        names={f"{ActorKind.STAFF}:{one}": name for one, name in names.items()},
        said=lambda what: said_in_words(what, names),
        is_past=is_past,
        total=total,
        tabs=[
            {
                "label": _("Waiting"),
                "url": _url(asked, view=""),
                "is_current": not is_past,
                "count": total,
            },
            {"label": _("Dealt with"), "url": _url(asked, view="settled"), "is_current": is_past},
        ],
        view=view,
        wanted=wanted,
        kinds=KINDS,
        states=STATES,
        options=[
            ("", _("All")),
            *((one, f"{_(label)} ({counts.get(one, 0)})") for one, label in KINDS.items()),
        ],
        errors=errors or {},
        ticked=ticked or set(),
        note=note,
        most=MOST_AT_ONCE,
        owner=_owner,
        keys=KEYS,
        next_url=_url(asked, cursor=following) if following else None,
        first_url=_url(asked) if cursor else None,
    )


def said_in_words(what: str, names: Mapping[int, str]) -> str:
    """A failed step as people say it; as it stands where nobody has named it.

    Args:
        what: as it is kept: an event or a letter, and what it is about: ``case.opened case:7``.
        names: of colleagues, by id.
    """
    name, _space, about = what.partition(" ")
    thing, _colon, one = about.partition(":")
    words = trail_words.called().get(name)
    if name == "letter" and thing == "staff" and one.isdecimal():
        return str(_("Letter to %(name)s", name=names.get(int(one), one)))
    if words is None or thing not in audit_words.THINGS:
        return what
    about = f"{gettext(audit_words.THINGS[thing])} {one}"
    return str(_("After “%(event)s”: %(about)s", event=gettext(words), about=about))


def _wanted(asked: Mapping[str, str]) -> Wanted:
    kind = next((one for one in FalloutKind if one == asked.get("kind")), None)
    return Wanted(kind, asked.get("q", "")[:_LONGEST].replace("\0", ""))


def _url(asked: Mapping[str, str], **changes: str) -> str:
    args: dict[str, Any] = {name: asked.get(name, "") for name in ("view", "kind", "q")} | changes
    kept = urlencode({name: value for name, value in args.items() if value})
    return url_for("console.fallout") + (f"?{kept}" if kept else "")


def _owner(name: str) -> str:
    """A role in words; an owner the table does not know is shown as it is."""
    return str(words.ROLES[Role(name)]) if name in {role.value for role in Role} else name
