"""How the shop looks: its name, its logo and its colour, tried on before they hold."""

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access import queries as access
from oms_service.access.guard import actor, guard
from oms_service.appearance import colours, logos, queries, service
from oms_service.appearance.queries import LogoView, LookView
from oms_service.appearance.service import Wanted
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.runtime import runtime
from oms_service.web import frame
from oms_service.web.texts import N_, gettext
from oms_service.web.undo import flash_undo

blueprint = Blueprint(
    "console_look", __name__, url_prefix="/console/look", template_folder="templates"
)

_DIGITS: Final = 9
_SHA256: Final = 64
_WHY_NOT: Final = {
    "empty": N_("This file is empty."),
    "large": N_("This picture has more than 1 MB. Please choose a smaller one."),
    "kind": N_("This is not a PNG, JPEG or WebP picture. Please save it as one of these."),
    "broken": N_("This picture cannot be read. Please save it anew and choose it again."),
    "pixels": N_("This picture is too long or too wide. At most 8,000 dots a side."),
    "small": N_("There is nothing to see in this picture, or too little. At least 16 dots a side."),
    "gone": N_("The picture is no longer here. Please choose it again."),
    "many": N_("Too many pictures were tried on today. Please use one of them, or try tomorrow."),
}


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@blueprint.get("")
@guard("look:manage")
def page() -> str:
    """The look that holds, what it was before, and a form; with a query, as it was filled in."""
    typed = _typed(request.args) if "accent" in request.args else None
    return _page(typed=typed)


@blueprint.get("/check")
@guard("look:manage")
def check() -> str:
    """The piece of the form that says whether a colour can be read, and shows it."""
    return render_template("console/look_check.html", **_colour(request.args.get("accent", "")))


@blueprint.post("/preview")
@guard("look:manage")
def preview() -> ResponseReturnValue:
    """This page in the look that is wanted; nobody else sees it yet."""
    typed = _typed(request.form)
    errors: dict[str, str] = {}
    try:
        typed = replace(typed, logo=_taken_in() or typed.logo)
    except logos.LogoRefused as refused:
        errors["picture"] = _no_logo(refused.why)
    except Invalid as error:
        errors["picture"] = _no_logo(error.fields["logo"])
    errors |= _wrong(typed)
    if errors:
        return _page(typed=typed, errors=errors), 422
    wanted = service.checked(typed)
    with runtime().database.reading() as connection:
        logo = queries.logo(connection, wanted.logo) if wanted.logo else None
    if wanted.logo and logo is None:
        return _page(typed=replace(typed, logo=None), errors={"picture": _no_logo("gone")}), 422
    look = _as_view(wanted, logo)
    frame.try_on(look)
    return render_template(
        "console/look_preview.html",
        area="console",
        look=look,
        wanted=wanted,
        version=_whole(request.form.get("version", "")),
        accent=look.accent or colours.DEFAULT,
    )


@blueprint.post("")
@guard("look:manage")
def save() -> ResponseReturnValue:
    """Let the look that was tried on hold."""
    typed = _typed(request.form)
    try:
        with runtime().unit_of_work(actor()) as uow:
            look = service.change(uow, typed, version=_whole(request.form.get("version", "")))
    except (Invalid, colours.Unreadable):
        return _page(typed=typed, errors=_wrong(typed) or {"picture": _no_logo("gone")}), 422
    except Stale:
        _say_stale()
    else:
        runtime().look.forget()
        flash_undo(
            _("The shop looks like this from now on."),
            url=url_for("console_look.go_back"),
            fields={"to": look.version - 1, "version": look.version},
        )
    return redirect(url_for("console_look.page"), 303)


@blueprint.post("/back")
@guard("look:manage")
def go_back() -> ResponseReturnValue:
    """Take a former look up again."""
    to, version = (_whole(request.form.get(name, "")) for name in ("to", "version"))
    try:
        with runtime().unit_of_work(actor()) as uow:
            look = service.go_back(uow, to=to, version=version)
    except NotFound:
        flash(_("There is no such look."), "attention")
    except Stale:
        _say_stale()
    else:
        runtime().look.forget()
        flash_undo(
            _("The shop looks as it did before."),
            url=url_for("console_look.go_back"),
            fields={"to": version, "version": look.version},
        )
    return redirect(url_for("console_look.page"), 303)


def _say_stale() -> None:
    flash(
        _("A colleague has changed the look meanwhile. This is how it is now."),
        "attention",
    )


def _no_logo(why: str) -> str:
    said = _WHY_NOT[why]
    return _(said)


def _typed(given: Any) -> Wanted:
    """The form as it was filled in."""
    logo = given.get("logo", "")
    is_one = len(logo) == _SHA256 and logo.isalnum() and "no_logo" not in given
    return Wanted(
        name_ja=given.get("name_ja", ""),
        name_en=given.get("name_en", ""),
        accent=given.get("accent", ""),
        logo=logo if is_one else None,
        shows_name="shows_name" in given,
    )


def _taken_in() -> str | None:
    """The hash of the picture that was sent along, if one was."""
    sent = request.files.get("picture")
    if sent is None or not sent.filename:
        return None
    made = logos.made(sent.read(logos.MOST_BYTES + 1))
    with runtime().unit_of_work(actor()) as uow:
        return service.keep_logo(uow, made).sha256


def _wrong(typed: Wanted) -> dict[str, str]:
    """What is wrong with the names and the colour, in words, by field."""
    try:
        service.checked(typed)
    except Invalid as error:
        words = {
            "name_ja": _("Please enter at most %(most)s plain signs.", most=service.MOST_NAME),
            "name_en": _("Please enter at most %(most)s plain signs.", most=service.MOST_NAME),
            "accent": _("Please enter a colour as # and six digits, such as #1e6b4a."),
        }
        return {field: words[field] for field in error.fields}
    except colours.Unreadable as error:
        return {"accent": _too_light(error)}
    return {}


def _too_light(error: colours.Unreadable) -> str:
    return _(
        "Text in this colour could hardly be read on our pages: its contrast is %(reached)s, at "
        "least %(needed)s are needed. The nearest colour that can be read is %(nearest)s.",
        reached=f"{error.contrast:.1f}",
        needed=colours.READABLE,
        nearest=error.nearest,
    )


def _colour(typed: str) -> dict[str, Any]:
    """What the piece of the form says of a colour as it is being typed."""
    accent = colours.read(typed) if typed.strip() else colours.DEFAULT
    if accent is None:
        return {"accent": None, "problem": None, "nearest": None}
    try:
        colours.palette(accent)
    except colours.Unreadable as error:
        return {"accent": None, "problem": _too_light(error), "nearest": error.nearest}
    return {
        "accent": accent,
        "problem": None,
        "contrast": f"{colours.readability(accent):.1f}",
    }


def _page(*, typed: Wanted | None = None, errors: dict[str, str] | None = None) -> str:
    house = runtime()
    with house.database.looking() as session:
        now = queries.current(session)
        former = queries.former(session)
        names = access.staff_names(session)
        chosen = typed.logo if typed is not None else now.logo and now.logo.sha256
        logo = queries.logo(session, chosen) if chosen else None
    frame.try_on(now)  # the other processes of the shop follow within seconds; this page at once
    form = typed or Wanted(
        name_ja=now.name_ja,
        name_en=now.name_en,
        accent=now.accent or "",
        logo=logo.sha256 if logo else None,
        shows_name=now.shows_name,
    )
    return render_template(
        "console/look.html",
        area="console",
        now=now,
        former=former,
        who={one.version: _who(one, names) for one in (now, *former)},
        form=form,
        logo=logo,
        errors=errors or {},
        default_name=house.look.default_name(),
        most=service.MOST_NAME,
        **_colour(form.accent),
    )


def _who(look: LookView, names: Any) -> str:
    if not look.changed_by:
        return ""
    who = Actor.from_ref(look.changed_by)
    return names.get(int(who.id), "") if who.kind is ActorKind.STAFF else ""


def _as_view(wanted: Wanted, logo: LogoView | None) -> LookView:
    return LookView(
        name_ja=wanted.name_ja,
        name_en=wanted.name_en,
        accent=wanted.accent or None,
        logo=logo,
        shows_name=wanted.shows_name,
    )


def _whole(said: str) -> int:
    """A number as the page wrote it; what is none is no version there ever was."""
    return int(said) if said.isdecimal() and len(said) <= _DIGITS else -1
