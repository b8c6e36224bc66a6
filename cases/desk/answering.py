"""Answering on the page of a case: with macros, a moment to undo, drafts, and who else is here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from cases import families, holding, queries
from cases.desk import pouring, pressing, shown
from cases.desk.pouring import NotPoured
from cases.views import CaseView
from cases.writing import answering, drafts, leaving, presence, reminding, seen
from cases.writing import queries as writing
from cases.writing.leaving import Written
from cases.writing.moments import MORNING
from cases.writing.states import ReminderKind
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard, staff
from oms_service.conversations import service as conversations
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("desk_answer", __name__, url_prefix="/desk", template_folder="templates")


def _(text: str) -> str:
    return str(gettext(text))


# Answers


@blueprint.post("/cases/<number>/reply")
@guard("cases:reply")
def reply(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, typed: Mapping[str, str]) -> None:
        written = Written(
            text=typed.get("text", ""),
            asks=typed.get("asks") == "yes",
            macro=typed.get("macro", ""),
            ticked=request.form.getlist("action"),
            seen=seen.read(typed.get("seen", "")),
        )
        key = _key(typed.get("form_id", ""))
        leaving.press(runtime(), uow, found, written, key=key, me=staff())

    done = (
        N_("The answer is on its way. You can still undo it.")
        if runtime().settings.reply_undo_s
        else N_("Sent.")
    )
    return pressing.press(number, "reply", press, done)


def _key(form_id: str) -> str:
    """What one form is known by; nobody else's form is."""
    if not form_id:
        raise Invalid("the form has no name", {"form_id": "is missing"})
    return f"desk:{staff().id}:{form_id[:60]}"


@blueprint.post("/cases/<number>/replies/<int:reply_id>/undo")
@guard("cases:reply")
def undo(number: str, reply_id: int) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, typed: Mapping[str, str]) -> None:  # noqa: ARG001
        _belongs(uow, found, reply_id)
        answering.undo(uow, reply_id)

    return pressing.press(number, "undo", press, N_("Not sent. The words are back in the box."))


@blueprint.post("/cases/<number>/replies/<int:reply_id>/send")
@guard("cases:reply")
def send(number: str, reply_id: int) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, typed: Mapping[str, str]) -> None:  # noqa: ARG001
        _belongs(uow, found, reply_id)
        answering.send_now(uow, reply_id)

    return pressing.press(number, "send", press, N_("Sent."))


def _belongs(uow: UnitOfWork, found: CaseView, reply_id: int) -> None:
    family = families.member_ids(uow.session, found.id)
    if writing.pending(uow.session, reply_id).case_id not in family:
        raise NotFound("no such answer")


# Macros


@blueprint.post("/cases/<number>/macro")
@guard("cases:reply")
def macro(number: str) -> ResponseReturnValue:
    """Put a macro into the box, behind what stands there; nothing is sent."""
    typed = pressing.typed()
    with runtime().database.looking() as session:
        found = queries.by_number(session, number)
        try:
            poured = pouring.pour(
                runtime(),
                session,
                found,
                code=typed.get("macro", ""),
                before=typed.get("text", ""),
                me=staff(),
            )
        except NotPoured as refused:
            return _refused(number, typed, refused.words)
    form = shown.Typed("reply", {**typed, "text": poured.text, "macro": poured.macro.code})
    return shown.show(number, form)


def _refused(number: str, typed: Mapping[str, str], words: str) -> ResponseReturnValue:
    form = shown.Typed("reply", {**typed, "macro": ""}, {"macro": words})
    return make_response(shown.show(number, form), HTTPStatus.UNPROCESSABLE_ENTITY)


# Drafts, and who else is here


@blueprint.post("/cases/<number>/draft")
@guard("cases:reply")
def draft(number: str) -> ResponseReturnValue:
    """Keep what is typed. Typing itself is told to others without a row."""
    typed = pressing.typed()
    with runtime().unit_of_work(actor()) as uow:
        found = queries.by_number(uow.session, number)
        form = typed.get("form_id", "")
        drafts.keep(
            uow,
            found.id,
            staff().id,
            request.form.get("text", ""),
            form=_key(form) if form else "",
        )
    _beat(found.id, is_typing=True)
    if found.conversation_id is not None:
        # The customer who waits in the chat sees that an answer is being written.
        topic = conversations.topic(found.conversation_id)
        runtime().live.after_commit(emitted=False, topics=[topic])
    return "", HTTPStatus.NO_CONTENT


@blueprint.post("/cases/<number>/here")
@guard("cases:reply")
def here(number: str) -> str:
    """Say that one is here, and hear who else is."""
    house = runtime()
    with house.database.reading() as connection:
        found = queries.by_number(connection, number)
        names = access.staff_names(connection)
    _beat(found.id, is_typing=False)
    others = presence.of(house.settings.redis_url).here(
        [found.id], now=house.clock.now(), but=staff().id
    )
    people = others.get(found.id, ())
    return render_template(
        "desk/here.html",
        typing=[names[one.staff_id] for one in people if one.is_typing],
        looking=[names[one.staff_id] for one in people if not one.is_typing],
    )


def _beat(case_id: int, *, is_typing: bool) -> None:
    house = runtime()
    kept = presence.of(house.settings.redis_url)
    if kept.beat(case_id, staff().id, now=house.clock.now(), is_typing=is_typing):
        house.live.after_commit(emitted=False, topics=[holding.topic(case_id)])


# Coming back


@blueprint.post("/cases/<number>/remind")
@guard("cases:work")
def remind(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, typed: Mapping[str, str]) -> None:
        kind, due_at = _wish(typed, uow.now)
        reminding.remind(uow, found.id, kind, due_at, version=pressing.version_of(typed))

    return pressing.press(number, "remind", press, N_("The case comes back by itself."))


def _wish(typed: Mapping[str, str], now: datetime) -> tuple[ReminderKind, datetime]:
    days = typed.get("days", "")
    if days in {str(one) for one in shown.DAYS}:
        day = (now.astimezone(runtime().settings.zone) + timedelta(days=int(days))).date()
        return ReminderKind.NO_ANSWER, pressing.moment(day.isoformat(), MORNING.isoformat())
    if typed.get("kind") == ReminderKind.REMIND:
        due_at = pressing.moment(typed.get("remind_day", ""), typed.get("remind_time", ""))
        return ReminderKind.REMIND, due_at
    raise Invalid("choose when", {"due": "is missing"})


@blueprint.post("/cases/<number>/remind/off")
@guard("cases:work")
def remind_off(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, typed: Mapping[str, str]) -> None:  # noqa: ARG001
        reminding.call_off(uow, found.id)

    return pressing.press(number, "remind_off", press, N_("The case stays where it is."))
