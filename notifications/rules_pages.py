"""The rules of notices for colleagues: what is told when, in which words, tried out before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications import examples, trials, versions, ways
from notifications.models import Notice
from notifications.render import Speech, Wording, Words, render
from notifications.rules import Stage, Urgency
from notifications.rules_words import RULES as NAMES
from notifications.rules_words import STAGES, URGENCIES, WAYS, WHEN, WRONG
from notifications.service import Voice
from notifications.sms import texts
from notifications.stops import Stops
from notifications.versions import NotWorded, RuleView, Wanted
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard, staff
from oms_service.adapters.mail import letters
from oms_service.appearance import queries as looks
from oms_service.appearance.colours import DEFAULT
from oms_service.conversations.channels import MAIL
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "notice_rules", __name__, url_prefix="/console/notices", template_folder="templates"
)

LANGUAGES: Final[Mapping[Language, str]] = {
    Language.JAPANESE: N_("Japanese"),
    Language.ENGLISH: N_("English"),
}
_DIGITS: Final = 9
_TOKEN: Final = 60
_NUMBER: Final = 40
#: Trial mails that one colleague may send.
TRIES: Final = "30/hour"


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@dataclass(frozen=True)
class Seen:
    """A notice as it is shown on a page: the same parts as in the mail, and the shorter forms."""

    language: Language
    words: Words
    in_chat: str
    in_short: str


@blueprint.get("")
@guard("notices:manage")
def page() -> str:
    """Every rule, by where it stands in the life of an order."""
    with runtime().database.looking() as session:
        found = versions.all_in_force(session)
    stages = [(stage, [one for one in found if one.rule.stage is stage]) for stage in Stage]
    return render_template(
        "notifications/rules.html",
        area="console",
        stages=stages,
        stage_words=STAGES,
        names=NAMES,
        urgencies=URGENCIES,
        ways={one.rule.template: [WAYS[way] for way in ways.order(one.rule)] for one in found},
    )


@blueprint.get("/<template>")
@guard("notices:manage")
def one(template: str) -> str:
    """One rule: how it is, how it looks, what it was."""
    return _page(template)


@blueprint.post("/<template>/preview")
@guard("notices:manage")
def preview(template: str) -> ResponseReturnValue:
    """The page with the texts as they are typed, nothing kept."""
    typed, errors = _typed(), {}
    try:
        versions.checked_texts(template, typed.texts)
    except NotWorded as wrong:
        errors = _said(wrong.fields)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return _page(template, typed=typed, errors=errors), status


@blueprint.get("/<template>/letter/<any(ja,en):language>")
@guard("notices:manage")
def letter(template: str, language: str) -> Response:
    """The letter as it holds, in the frame of the shop's letters; for a frame of the page."""
    return _letter(template, Language(language))


@blueprint.post("/<template>/letter/<any(ja,en):language>")
@guard("notices:manage")
def typed_letter(template: str, language: str) -> Response:
    """The letter as it is typed, nothing kept; what cannot be told is shown as it holds."""
    typed = _typed()
    try:
        versions.checked_texts(template, typed.texts)
    except NotWorded:
        return _letter(template, Language(language))
    return _letter(template, Language(language), typed)


@blueprint.post("/<template>")
@guard("notices:manage")
def save(template: str) -> ResponseReturnValue:
    """Let the rule be as typed."""
    typed = _typed()
    try:
        with runtime().unit_of_work(actor()) as uow:
            versions.change(uow, template, typed, version=_number("version"))
    except Invalid as wrong:
        errors = _said(wrong.fields)
        return _page(template, typed=typed, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except Stale:
        message = _("A colleague has changed this notice meanwhile. This is how it is now.")
        flash(message, "attention")
    else:
        flash(_("Saved. It is told so from now on."), "success")
    return redirect(url_for("notice_rules.one", template=template), HTTPStatus.SEE_OTHER)


@blueprint.post("/<template>/back")
@guard("notices:manage")
def go_back(template: str) -> ResponseReturnValue:
    """Take a former version up again."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            versions.go_back(uow, template, to=_number("to"), version=_number("version"))
    except Stale:
        message = _("A colleague has changed this notice meanwhile. This is how it is now.")
        flash(message, "attention")
    else:
        flash(_("It is told as before."), "success")
    return redirect(url_for("notice_rules.one", template=template), HTTPStatus.SEE_OTHER)


@blueprint.post("/<template>/try")
@guard("notices:manage")
def try_out(template: str) -> ResponseReturnValue:
    """Send the notice as it holds to the colleague who asks, once for each press."""
    house, who, form = runtime(), actor(), request.form
    way = form.get("way", MAIL)
    spoken_in = next((one for one in Language if one == form.get("language")), None)
    house.limits.take("notice-trial", who.ref, TRIES)
    with house.unit_of_work(who) as uow:
        me = access.staff_by_id(uow.session, int(who.id))
        try:
            trials.send(
                uow,
                me,
                versions.in_force(uow.session, template),
                way=way,
                language=spoken_in or me.language,
                voice=Voice(
                    house.settings.zone, Stops(house.settings.secret_key, house.settings.public_url)
                ),
                token=form.get("token", "")[:_TOKEN],
            )
        except Invalid:
            flash(_("This way does not lead to you at the moment."), "attention")
        else:
            to = me.mail if way == MAIL else _(WAYS[way])
            flash(_("It is on its way to %(mail)s.", mail=to), "success")
    return redirect(url_for("notice_rules.one", template=template), HTTPStatus.SEE_OTHER)


def _letter(template: str, language: Language, typed: Wanted | None = None) -> Response:
    house = runtime()
    with house.database.looking() as session:
        view = versions.in_force(session, template)
        number = request.values.get("order", "").strip()[:_NUMBER]
        facts = _told_of(session, template, number) or examples.facts_of(template)
        shown = view if typed is None else _as_view(view, typed)
        words = _seen(session, shown, facts, language).words
    whole = letters.page(
        words.html,
        head=house.look.head(language),
        language=language,
        takes_answers=bool(house.settings.reply_address),
    )
    answer = Response(whole, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = letters.CAGE
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _page(
    template: str, *, typed: Wanted | None = None, errors: dict[str, str] | None = None
) -> str:
    number = request.values.get("order", "").strip()[:_NUMBER]
    problems = dict(errors or {})
    with runtime().database.looking() as session:
        view = versions.in_force(session, template)
        facts = examples.facts_of(template)
        if number:
            told = _told_of(session, template, number)
            if told is None:
                problems["order"] = _("No notice of this kind was told about that order.")
            facts = told or facts
        shown = view if typed is None else _as_view(view, typed)
        is_said = not any(name.startswith(("subject", "body")) for name in problems)
        seen = [
            _seen(session, shown if is_said else view, facts, language) for language in LANGUAGES
        ]
        past = versions.history(session, template)
        people = access.staff_names(session)
        mine = trials.of(session, staff(), runtime().clock.now())
    may, must = versions.places(template)
    return render_template(
        "notifications/rule.html",
        area="console",
        view=view,
        form=shown,
        name=NAMES[template],
        stage=STAGES[view.rule.stage],
        languages=LANGUAGES,
        urgencies=URGENCIES,
        seen=seen,
        past=past,
        people=people,
        places=[(place, place in must) for place in sorted(may)],
        errors=problems,
        order=number,
        ways=[(one, WAYS[one], WHEN[one]) for one in ways.order(view.rule)],
        my_ways=[(one, _(WAYS[one])) for one in mine],
        my_language=staff().language,
        goes_further=versions.goes_further(template),
        sees_orders=_sees_orders(),
        token=ids.token(),
    )


def _seen(session: Session, view: RuleView, facts: Mapping[str, Any], language: Language) -> Seen:
    house = runtime()
    speech = Speech(language, house.clock.now(), house.settings.zone)
    accent = looks.current(session).accent or DEFAULT
    wording = view.wording(language)
    words = render(view.rule.template, facts, speech, wording=wording, accent=accent)
    in_chat = words
    if view.rule.in_chat:
        in_chat = render(view.rule.in_chat, facts, speech)
    site = house.settings.public_url.rstrip("/")
    in_short = texts.short(view.rule.template, facts, speech, wording=wording, site=site)
    return Seen(language, words, in_chat.text, in_short)


def _told_of(session: Session, template: str, number: str) -> dict[str, Any] | None:
    """The facts of the newest notice of this kind about an order, if there is one.

    A notice may quote a case of any queue: only who is limited to none is shown the facts.
    """
    if not number or not _sees_orders():
        return None
    try:
        order = orders.find(session, number)
    except NotFound:
        return None
    facts = session.scalar(
        select(Notice.facts)
        .where(Notice.order_id == order.id, Notice.template == template, Notice.facts != {})
        .order_by(Notice.id.desc())
        .limit(1)
    )
    return dict(facts) if facts is not None else None


def _sees_orders() -> bool:
    me = staff()
    return me.may("orders:read") and not (me.queues or me.locations)


def _typed() -> Wanted:
    """The form as it was filled in."""
    form = request.form
    urgency = form.get("urgency", "")
    return Wanted(
        is_on="is_on" in form,
        urgency=Urgency(urgency) if urgency in set(Urgency) else Urgency.DAYTIME,
        once_a_day="once_a_day" in form,
        quiet_from_h=_number("quiet_from_h"),
        quiet_until_h=_number("quiet_until_h"),
        unread_h=_number("unread_h") if "unread_h" in form else 0,
        texts={
            language: Wording(form.get(f"subject-{language}", ""), form.get(f"body-{language}", ""))
            for language in LANGUAGES
        },
    )


def _as_view(view: RuleView, typed: Wanted) -> RuleView:
    rule = replace(
        view.rule,
        is_on=typed.is_on,
        urgency=typed.urgency,
        once_a_day=typed.once_a_day,
        quiet_from_h=typed.quiet_from_h,
        quiet_until_h=typed.quiet_until_h,
        unread_h=typed.unread_h,
    )
    return replace(view, rule=rule, texts=typed.texts)


def _number(name: str) -> int:
    written = request.form.get(name, "")
    is_fit = written.isascii() and written.isdigit() and len(written) <= _DIGITS
    return int(written) if is_fit else -1


def _said(fields: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, in words, by field."""
    found = {}
    for field, why in fields.items():
        code, _sep, name = why.partition(":")
        found[field] = _(WRONG[code], name=name)
    return found
