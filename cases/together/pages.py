"""Pages for working together: news, side tasks, links, and what stands beside a case."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries as cases
from cases import reach
from cases.holding import AlreadyDone, CannotSee
from cases.states import ACTIVE
from cases.together import linking, queries, tasks, watching, words
from cases.together.linking import Child
from cases.together.mentions import LONGEST, suggested
from cases.together.queries import Shown
from cases.together.states import TASK, UNDO_WITHIN, LinkKind, TaskAction, Team
from cases.together.tasks import TooLate, Wish
from cases.together.views import TaskView
from cases.views import CaseView
from cases.words import STATE_ICONS, STATE_TONES
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard, staff
from oms_service.access.words import ROLES
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import IllegalTransition, Invalid, NotFound, Stale
from oms_service.kernel.languages import say
from oms_service.orders import queries as orders
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("together", __name__, url_prefix="/desk", template_folder="templates")

_LONGEST_KEY: Final = 80
#: So many names are seen at a glance.
_SUGGESTED: Final = 6
#: More digits than this make no id.
_DIGITS: Final = 15


def _(text: str) -> str:
    return str(gettext(text))


def unread() -> int | None:
    """How much I have not seen, for the navigation."""
    with runtime().database.reading() as connection:
        return queries.unread(connection, staff())


def to_do() -> int | None:
    """How many tasks wait for me and my team, for the navigation."""
    with runtime().database.reading() as connection:
        return queries.waiting_for(connection, staff())


# Notes


@blueprint.get("/cases/<number>/colleagues")
@guard("cases:work")
def colleagues(number: str) -> str:
    """Whom a note of a case may call, by the beginning of their name; a piece of its page."""
    typed = request.args.get("q", "").strip()[:LONGEST]
    with runtime().database.looking() as session:
        case = reach.case(session, number)
        able = watching.readers(session, case.queue_id)
    me = able.get(staff().id)
    found = suggested(typed, list(able.values()), limit=_SUGGESTED + 1)
    found = [one for one in found if one.whom != me][:_SUGGESTED]
    return render_template("together/colleagues.html", found=found, roles=ROLES)


# News


@blueprint.get("/for-me")
@guard("cases:read")
def for_me() -> str:
    """What colleagues called me for, and what happened in the cases I watch."""
    with runtime().database.reading() as connection:
        shown = queries.news(connection, staff(), cursor=request.args.get("after") or None)
        names = access.staff_names(connection)
        reasons = cases.reasons(connection)
    following = shown.next_cursor
    return render_template(
        "together/for_me.html",
        news=shown.items,
        words=words,
        who=lambda ref: _who(ref, names),
        reasons=reasons,
        next_url=url_for("together.for_me", after=following) if following else None,
        first_url=url_for("together.for_me") if request.args.get("after") else None,
        has_new=any(not one.is_read for one in shown.items),
    )


@blueprint.post("/for-me/read")
@guard("cases:read")
def read_news() -> ResponseReturnValue:
    """All up to one line is seen, or what there is of one case."""
    up_to = _number(request.form.get("up_to", ""))
    number = request.form.get("case", "")[:40]
    with runtime().unit_of_work(actor()) as uow:
        case_id = reach.case(uow.session, number).id if number else None
        watching.read_news(uow, staff().id, up_to=up_to or 0, case_id=case_id)
    return redirect(url_for("together.for_me"), HTTPStatus.SEE_OTHER)


# Watching


@blueprint.post("/cases/<number>/watch")
@guard("cases:read")
def watch(number: str) -> ResponseReturnValue:
    """Watch a case, or leave it."""
    wants = request.form.get("watch") == "yes"
    with runtime().unit_of_work(actor()) as uow:
        found = cases.by_number(uow.session, number)
        if wants:
            watching.watch(uow, found.id, staff().id)
        else:
            watching.unwatch(uow, found.id, staff().id)
    said = N_("You are told what happens here.") if wants else N_("You are told no more of it.")
    flash(_(said), "success")
    return _to_case(number)


# Side tasks


@blueprint.get("/tasks", endpoint="tasks")
@guard("tasks:work")
def tasks_listed() -> str:
    """What waits for me and my team."""
    return _tasks()


@blueprint.post("/tasks/<number>/<what>")
@guard("tasks:work")
def task_moved(number: str, what: str) -> ResponseReturnValue:
    """Start, leave, finish, call off or take back one task."""
    if what not in set(TaskAction):
        raise NotFound("nothing of that name can be done")
    action, form = TaskAction(what), request.form
    remark, version = form.get("remark", ""), _number(form.get("version", ""))
    do: Mapping[TaskAction, Callable[[UnitOfWork], TaskView]] = {
        TaskAction.START: lambda uow: tasks.start(uow, number, version=version),
        TaskAction.STOP: lambda uow: tasks.stop(uow, number, version=version),
        TaskAction.FINISH: lambda uow: tasks.finish(uow, number, remark=remark, version=version),
        TaskAction.CANCEL: lambda uow: tasks.cancel(uow, number, remark=remark, version=version),
        TaskAction.UNDO: lambda uow: tasks.undo(uow, number, version=version),
    }
    try:
        with runtime().unit_of_work(actor()) as uow:
            if not queries.may_see(staff(), queries.task(uow.session, number)):
                raise NotFound("no such task")
            done = do[action](uow)
            of_case = queries.numbers_of(uow.session, [done.case_id])[done.case_id]
    except Invalid:
        return _tasks(refused=number, typed=remark), HTTPStatus.UNPROCESSABLE_ENTITY
    except (Stale, AlreadyDone, IllegalTransition):
        flash(_("Somebody was quicker. This is how it stands now."), "attention")
        return redirect(url_for("together.tasks"), HTTPStatus.SEE_OTHER)
    except TooLate:
        flash(_("That was too long ago to take it back. Ask for it anew."), "attention")
        return redirect(url_for("together.tasks"), HTTPStatus.SEE_OTHER)
    flash(_(words.TASK_DONE[action]), "success")
    if form.get("back") == "case":
        return _to_case(of_case)
    return redirect(url_for("together.tasks"), HTTPStatus.SEE_OTHER)


def _tasks(*, refused: str = "", typed: str = "") -> str:
    asked = request.args.get("view", "")
    view = Shown(asked) if asked in set(Shown) else Shown.TO_DO
    here: dict[str, Any] = {"view": view.value}
    with runtime().database.reading() as connection:
        shown = queries.listed(
            connection, viewer=staff(), shown=view, cursor=request.args.get("after") or None
        )
        numbers = queries.numbers_of(connection, {one.case_id for one in shown.items})
        names = access.staff_names(connection)
    following = shown.next_cursor
    return render_template(
        "together/tasks.html",
        tasks=shown.items,
        numbers=numbers,
        names=names,
        tabs=[
            {
                "label": _(word),
                "url": url_for("together.tasks", view=one.value),
                "is_current": one is view,
            }
            for one, word in words.SHOWN.items()
        ],
        view=view,
        refused=refused,
        typed=typed,
        next_url=url_for("together.tasks", after=following, **here) if following else None,
        first_url=url_for("together.tasks", **here) if request.args.get("after") else None,
        **_of_tasks(names),
    )


def _of_tasks(names: Mapping[int, str]) -> dict[str, Any]:
    now = runtime().clock.now()
    return {
        "words": words,
        "Action": TaskAction,
        "actions": lambda one: TASK.actions_from(one.state),
        "may_undo": lambda one: one.ended_at is not None and now - one.ended_at <= UNDO_WITHIN,
        "is_late": lambda one: one.ended_at is None and one.due_at is not None and one.due_at < now,
        "who": lambda ref: _who(ref, names),
        "me": staff().id,
    }


@blueprint.route("/cases/<number>/ask", methods=["GET", "POST"])
@guard("cases:work")
def ask(number: str) -> ResponseReturnValue:
    """Ask another team, or a colleague, to do something for a case."""
    found = _case(number)
    form, errors = request.form, dict[str, str]()
    if request.method == "POST":
        errors = _asked(found, form)
        if not errors:
            flash(_("Asked. It stands in their list of tasks."), "success")
            return _to_case(number)
    with runtime().database.reading() as connection:
        colleagues = [
            one for one in access.all_staff(connection) if one.is_active and one.may("tasks:work")
        ]
    page = render_template(
        "together/ask.html",
        case=found,
        typed=form,
        errors=errors,
        key=form.get("key") or ids.token(),
        teams=[{"value": one.value, "label": _(word)} for one, word in words.TEAMS.items()],
        colleagues=[
            ("", _("Anybody of the team")),
            *((str(one.id), one.name) for one in colleagues),
        ],
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _asked(found: CaseView, form: Mapping[str, str]) -> dict[str, str]:
    if form.get("team") not in set(Team):
        return {"team": _wrong("team")}
    try:
        wish = Wish(
            title=form.get("title", ""),
            detail=form.get("detail", ""),
            team=Team(form["team"]),
            assignee_id=_number(form.get("assignee", "")),
            due_at=_moment(form.get("day", ""), form.get("time", "")),
            waits=form.get("waits") == "yes",
            key=_key(form),
        )
        with runtime().unit_of_work(actor()) as uow:
            tasks.ask(uow, found.id, wish)
    except Invalid as wrong:
        return {name: _wrong(name) for name in wrong.fields}
    except AlreadyDone:
        return {"title": _("This case is settled. Open it again first.")}
    return {}


# Links and child cases


@blueprint.route("/cases/<number>/links", methods=["GET", "POST"])
@guard("cases:work")
def links(number: str) -> ResponseReturnValue:
    """Say which other cases hang together with this one."""
    found = _case(number)
    form, errors = request.form, dict[str, str]()
    if request.method == "POST":
        errors = _linked(found, form)
        if not errors:
            flash(_("Noted in both cases."), "success")
            return _to_case(number)
    page = render_template(
        "together/links.html",
        case=found,
        typed=form,
        errors=errors,
        kinds=[{"value": one, "label": _(word)} for one, word in words.LINK_CHOICES.items()],
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _linked(found: CaseView, form: Mapping[str, str]) -> dict[str, str]:
    if form.get("kind") not in set(LinkKind):
        return {"kind": _("Choose how they hang together.")}
    try:
        with runtime().unit_of_work(actor()) as uow:
            other = reach.case(uow.session, form.get("to", "")[:40])
            linking.link(uow, found.id, other.id, LinkKind(form["kind"]))
    except NotFound:
        return {"to": _wrong("to")}
    except Invalid as wrong:
        return {name: _wrong(name) for name in wrong.fields}
    return {}


@blueprint.post("/cases/<number>/unlink")
@guard("cases:work")
def unlink(number: str) -> ResponseReturnValue:
    form = request.form
    if form.get("kind") not in set(LinkKind):
        raise NotFound("no such link")
    with runtime().unit_of_work(actor()) as uow:
        one = cases.by_number(uow.session, number)
        other = reach.case(uow.session, form.get("other", "")[:40])
        first, second = (one, other) if form.get("is_from") == "yes" else (other, one)
        linking.unlink(uow, first.id, second.id, LinkKind(form["kind"]))
    flash(_("They do not hang together any more."), "success")
    return _to_case(number)


@blueprint.route("/cases/<number>/child", methods=["GET", "POST"])
@guard("cases:work")
def child(number: str) -> ResponseReturnValue:
    """Open a case from this one."""
    found = _case(number)
    form, errors = request.form, dict[str, str]()
    if request.method == "POST":
        made, errors = _opened(found, form)
        if made is not None:
            flash(_("Opened. Both cases point to each other."), "success")
            return _to_case(made.number)
    with runtime().database.looking() as session:
        reasons = [one for one in cases.reasons(session).values() if one.is_active]
        order = orders.by_id(session, found.order_id) if found.order_id else None
        colleagues = [
            one for one in access.all_staff(session) if one.is_active and one.may("cases:work")
        ]
    page = render_template(
        "together/child.html",
        case=found,
        typed=form,
        errors=errors,
        key=form.get("key") or ids.token(),
        order=order,
        reasons=[
            ("", _("Choose a reason")),
            *((one.code, say(one.name, spoken())) for one in reasons),
        ],
        colleagues=[("", _("Whoever has room")), *((str(one.id), one.name) for one in colleagues)],
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _opened(found: CaseView, form: Mapping[str, str]) -> tuple[CaseView | None, dict[str, str]]:
    reason = form.get("reason", "")
    try:
        with runtime().unit_of_work(actor()) as uow:
            wish = Child(
                reason=reason,
                key=_key(form),
                note=form.get("note", ""),
                order_id=found.order_id if form.get("with_order") == "yes" else None,
                is_blocking=form.get("blocks") == "yes",
            )
            assignee = _number(form.get("assignee", ""))
            made = linking.open_child(uow, found.id, wish, assignee_id=assignee)
    except CannotSee:
        return None, {"staff": _("This colleague does not see cases of its queue.")}
    except Invalid as wrong:
        return None, {name: _wrong(name) for name in wrong.fields}
    except AlreadyDone:
        return None, {"reason": _("This case is settled. Open it again first.")}
    return made, {}


# Beside a case


def beside_case(context: Mapping[str, object]) -> str | None:
    """Who watches, and which cases hang together with it."""
    case_id = context.get("case_id")
    if not isinstance(case_id, int):
        return None
    with runtime().database.reading() as connection:
        case = cases.by_id(connection, case_id)
        watchers = queries.watchers(connection, case_id)
        linked = queries.links(connection, case_id)
        children = queries.children(connection, case_id)
        parent = queries.parent(connection, case_id)
        near = {one.case_id for one in (*linked, *children, *([parent] if parent else ()))}
        theirs = reach.those(connection, near, staff())
        names = access.staff_names(connection)
        reasons = cases.reasons(connection)
    return render_template(
        "together/beside.html",
        case=case,
        is_active=case.state in ACTIVE,
        watchers=[names.get(one, "") for one in watchers],
        is_watching=staff().id in watchers,
        links=[one for one in linked if one.case_id in theirs],
        children=[one for one in children if one.case_id in theirs],
        parent=parent if parent and parent.case_id in theirs else None,
        names=names,
        reasons=reasons,
        words=words,
        state_tones=STATE_TONES,
        state_icons=STATE_ICONS,
        LinkKind=LinkKind,
    )


def of_case(context: Mapping[str, object]) -> str | None:
    """What others have to do for this case."""
    case_id = context.get("case_id")
    if not isinstance(case_id, int):
        return None
    with runtime().database.reading() as connection:
        case = cases.by_id(connection, case_id)
        found = queries.of_case(connection, case_id)
        names = access.staff_names(connection)
    if not found and (case.state not in ACTIVE or not staff().may("cases:work")):
        return None
    return render_template(
        "together/of_case.html",
        case=case,
        is_active=case.state in ACTIVE,
        tasks=found,
        names=names,
        **_of_tasks(names),
    )


PANELS: Final = (
    Panel(
        beside=Beside.CASE,
        name="together",
        label=N_("Colleagues and other cases"),
        render=beside_case,
        permission="cases:read",
        rank=40,
        folds=True,
    ),
    Panel(
        beside=Beside.CASE_WORK,
        name="tasks",
        label=N_("Side tasks"),
        render=of_case,
        permission="cases:read",
        rank=60,
    ),
)


# Inside


def _wrong(field: str) -> str:
    """What is wrong with a field of a form."""
    return _(words.FIELDS.get(field, N_("Please check this.")))


def _case(number: str) -> CaseView:
    with runtime().database.reading() as connection:
        return cases.by_number(connection, number)


def _to_case(number: str) -> ResponseReturnValue:
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


def _who(ref: str, names: Mapping[int, str]) -> str:
    kind, _sep, party = ref.partition(":")
    return names.get(int(party), "") if kind == "staff" and party.isdecimal() else ""


def _number(typed: str) -> int | None:
    plain = typed.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS else None


def _key(form: Mapping[str, str]) -> str:
    """The form's own key: pressed twice, it is done once."""
    key = form.get("key", "")
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= _LONGEST_KEY):
        return f"desk:{ids.token()}"
    return f"desk:{key}"


def _moment(day: str, clock: str) -> datetime | None:
    """A day and a time as a colleague picks them, in the shop's zone; the day's end without one."""
    if not day:
        return None
    try:
        found = datetime.fromisoformat(f"{day}T{clock or '18:00'}")
        return found.replace(tzinfo=runtime().settings.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("that is no moment", {"due": "is not a day and a time"}) from None
