"""``/v1/cases/{number}/…`` and ``/v1/macros``: answering, noting, putting away, by program."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from cases import queries, service
from cases.api.writing_schemas import (
    MACRO,
    REMINDER,
    REPLY,
    STAND,
    SUGGESTION,
    AssignSchema,
    CaseVersionSchema,
    FilledSchema,
    MacroSchema,
    MacrosQuery,
    MacrosSchema,
    MacroWishSchema,
    NewMacroSchema,
    NewReminderSchema,
    NewReplySchema,
    NoteSchema,
    ReminderSchema,
    ReplySchema,
    ResolveSchema,
    SnoozeSchema,
    StandSchema,
    SuggestionsSchema,
)
from cases.desk import at_hand
from cases.desk import page as pages
from cases.views import CaseView
from cases.writing import answering, doing, filling, handing, macros, reminding, values
from cases.writing import queries as writing
from cases.writing.macros import Wish
from cases.writing.views import MacroView, PendingView, ReminderView
from oms_service.access import guard, personal
from oms_service.access import queries as access
from oms_service.api import etags, paging
from oms_service.api.coming_back import key, limit
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import pages as paged
from oms_service.kernel.errors import Forbidden, Invalid, NotFound
from oms_service.kernel.languages import say
from oms_service.kernel.masking import Kind
from oms_service.runtime import runtime

blueprint = Blueprint(
    "case_writing", __name__, url_prefix="/v1", description="Answers, notes and macros of cases."
)
blueprint.before_request(json_only)


# Answers


@blueprint.post("/cases/<number>/replies")
@guard.guard(scope="cases:reply")
@blueprint.arguments(NewReplySchema())
@blueprint.response(201, ReplySchema, example=REPLY, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def reply(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Answer the customer; until it leaves, the answer can be undone."""
    limit()
    case = queries.by_number(uow.session, number)
    here = runtime().settings
    wait_s = here.reply_undo_s if asked["wait_s"] is None else asked["wait_s"]
    macro = _macro_in_use(uow.session, asked["macro"]) if asked["macro"] else None
    if macro and macro.actions and "cases:work" not in guard.api_key().scopes:
        raise Forbidden("what this macro does needs the scope cases:work")
    actions = (
        doing.pressed(
            macro.actions, title=say(macro.title, here.language), now=uow.now, zone=here.zone
        )
        if macro
        else ()
    )
    done = answering.press(
        uow,
        case.id,
        asked["text"],
        key=key(),
        wait=timedelta(seconds=wait_s),
        asks=asked["asks"],
        macro=macro,
        actions=actions,
    )
    return _reply(done, writing.position_of(uow.session, done)), 201


@blueprint.get("/cases/<number>/replies/<int(max=2147483647):position>")
@guard.guard(scope="cases:read")
@blueprint.response(200, ReplySchema, example=REPLY, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_reply(number: str, position: int) -> Response:
    """How far an answer is."""
    limit()
    with runtime().database.looking() as session:
        case = queries.by_number(session, number)
        found = writing.pending_at(session, case.id, position)
    return etags.tagged_by_content(jsonify(_reply(found, position)))


@blueprint.post("/cases/<number>/replies/<int(max=2147483647):position>/undo")
@guard.guard(scope="cases:reply")
@blueprint.response(200, ReplySchema, example={**REPLY, "state": "undone"}, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 415, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def undo(uow: UnitOfWork, number: str, position: int) -> tuple[dict[str, Any], int]:
    """Hold an answer back that has not left."""
    limit()
    case = queries.by_number(uow.session, number)
    found = writing.pending_at(uow.session, case.id, position)
    return _reply(answering.undo(uow, found.id), position), 200


def _reply(found: PendingView, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "state": found.state,
        "asks": found.asks,
        "pressed_at": found.pressed_at.isoformat(),
        "send_at": found.send_at.isoformat(),
        "settled_at": found.settled_at.isoformat() if found.settled_at else None,
        "why": found.why,
    }


# Notes, and who works on it when


@blueprint.post("/cases/<number>/notes")
@guard.guard(scope="cases:work")
@blueprint.arguments(NoteSchema())
@blueprint.response(201, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def note(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Remark something among colleagues; no customer reads it."""
    limit()
    case = queries.by_number(uow.session, number)
    return _stand(service.note(uow, case.id, asked["text"])), 201


@blueprint.post("/cases/<number>/snooze")
@guard.guard(scope="cases:work")
@blueprint.arguments(SnoozeSchema())
@blueprint.response(200, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def snooze(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Put it away until a moment to come."""
    limit()
    case = queries.by_number(uow.session, number)
    return _stand(service.snooze(uow, case.id, asked["until"], version=asked["version"])), 200


@blueprint.post("/cases/<number>/resolve")
@guard.guard(scope="cases:work")
@blueprint.arguments(ResolveSchema())
@blueprint.response(200, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def resolve(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Settle it, saying how; an answer that still waits leaves first."""
    limit()
    case = queries.by_number(uow.session, number)
    return _stand(answering.resolve(uow, case.id, **asked)), 200


@blueprint.post("/cases/<number>/reopen")
@guard.guard(scope="cases:work")
@blueprint.arguments(CaseVersionSchema())
@blueprint.response(200, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def reopen(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """It was not settled after all."""
    limit()
    case = queries.by_number(uow.session, number)
    return _stand(service.reopen(uow, case.id, version=asked["version"])), 200


@blueprint.post("/cases/<number>/wait")
@guard.guard(scope="cases:work")
@blueprint.arguments(CaseVersionSchema())
@blueprint.response(200, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def wait(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """A carrier, the warehouse or a bank has to move next."""
    limit()
    case = queries.by_number(uow.session, number)
    return _stand(service.wait_for_others(uow, case.id, version=asked["version"])), 200


@blueprint.post("/cases/<number>/resume")
@guard.guard(scope="cases:work")
@blueprint.arguments(CaseVersionSchema())
@blueprint.response(200, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def resume(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Work on it again."""
    limit()
    case = queries.by_number(uow.session, number)
    return _stand(service.resume(uow, case.id, version=asked["version"])), 200


@blueprint.post("/cases/<number>/release")
@guard.guard(scope="cases:work")
@blueprint.arguments(CaseVersionSchema())
@blueprint.response(200, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def release(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Give it back to its queue."""
    limit()
    case = queries.by_number(uow.session, number)
    return _stand(handing.release(uow, case.id, version=asked["version"])), 200


@blueprint.post("/cases/<number>/assign")
@guard.guard(scope="cases:assign")
@blueprint.arguments(AssignSchema())
@blueprint.response(200, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def assign(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Give it to a colleague who works on cases."""
    limit()
    case = queries.by_number(uow.session, number)
    to = access.staff_by_mail(uow.session, asked["staff"])
    if to is None:
        raise Invalid("no such colleague", {"staff": "cannot take cases"})
    return _stand(service.assign(uow, case.id, to.id, version=asked["version"])), 200


def _stand(case: CaseView) -> dict[str, Any]:
    return {
        "number": case.number,
        "state": case.state,
        "priority": case.priority,
        "snoozed_until": case.snoozed_until.isoformat() if case.snoozed_until else None,
        "version": case.version,
    }


# Coming back


@blueprint.get("/cases/<number>/reminder")
@guard.guard(scope="cases:read")
@blueprint.response(200, ReminderSchema, example=REMINDER, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def reminder(number: str) -> Response:
    """When the case comes back by itself."""
    limit()
    with runtime().database.looking() as session:
        case = queries.by_number(session, number)
        found = writing.reminder(session, case.id)
    if found is None:
        raise NotFound("this case has no reminder")
    return etags.tagged_by_content(jsonify(_reminder(found)))


@blueprint.post("/cases/<number>/reminder")
@guard.guard(scope="cases:work")
@blueprint.arguments(NewReminderSchema())
@blueprint.response(201, ReminderSchema, example=REMINDER, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def remind(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Let the case come back by itself, in any case or if its customer has not answered."""
    limit()
    case = queries.by_number(uow.session, number)
    done = reminding.remind(uow, case.id, asked["kind"], asked["due_at"], version=asked["version"])
    return _reminder(done), 201


@blueprint.post("/cases/<number>/reminder/off")
@guard.guard(scope="cases:work")
@blueprint.response(200, StandSchema, example=STAND, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 415, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def remind_off(uow: UnitOfWork, number: str) -> tuple[dict[str, Any], int]:
    """Let the case stay where it is."""
    limit()
    case = queries.by_number(uow.session, number)
    reminding.call_off(uow, case.id)
    return _stand(queries.by_id(uow.session, case.id)), 200


def _reminder(found: ReminderView) -> dict[str, Any]:
    return {"kind": found.kind, "due_at": found.due_at.isoformat()}


# Advice


@blueprint.get("/cases/<number>/suggestions")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, SuggestionsSchema, example={"suggestions": [SUGGESTION]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def suggestions(number: str) -> Response:
    """What could be answered and done next, and why; none for a settled case."""
    limit()
    house = runtime()
    with house.database.looking() as session:
        page = pages.read(house, session, number)
        queue = writing.queue_code(session, page.case.queue_id)
        found = writing.fitting(
            writing.macros(session, staff_id=None), reason=page.case.reason, queue=queue
        )
        advice = at_hand.suggestions(session, page, found) if page.is_active else ()
    said = [
        {
            "advice": one.advice,
            "why": one.why,
            "value": one.value,
            "until": one.until.isoformat() if one.until else None,
            "count": one.count,
            "of": one.of,
        }
        for one in advice
    ]
    return etags.tagged_by_content(jsonify({"suggestions": said}))


# Macros


@blueprint.get("/macros")
@guard.guard(scope="cases:read")
@blueprint.arguments(MacrosQuery(), location="query")
@blueprint.response(200, MacrosSchema, example={"macros": [MACRO]}, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """Everybody's macros, by code; those of colleagues' own are theirs."""
    limit()
    most = int(wanted["limit"])
    after = str(paged.read(wanted["cursor"], str)[0]) if wanted["cursor"] else ""
    with runtime().database.looking() as session:
        found = [
            one
            for one in writing.macros(session, staff_id=None, every=True)
            if one.code > after and (not wanted["reason"] or _is_for(one, wanted["reason"]))
        ]
        used = writing.uses(session)
    page = paged.cut(
        found[: most + 1], most, shown=lambda one: _macro(one, used), key=lambda one: [one.code]
    )
    return paging.with_link(jsonify({"macros": list(page.items)}), page, limit=most)


def _is_for(macro: MacroView, reason: str) -> bool:
    return not macro.reasons or reason in macro.reasons


@blueprint.get("/macros/<code>")
@guard.guard(scope="cases:read")
@blueprint.response(200, MacroSchema, example=MACRO, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_macro(code: str) -> Response:
    """One macro of everybody's."""
    limit()
    with runtime().database.looking() as session:
        found = writing.macro(session, code, staff_id=None)
        used = writing.uses(session)
    return etags.tagged(jsonify(_macro(found, used)), f"{found.version}-{used.get(found.id, 0)}")


@blueprint.post("/macros")
@guard.guard(scope="macros:manage")
@blueprint.arguments(NewMacroSchema())
@blueprint.response(201, MacroSchema, example=MACRO, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add(uow: UnitOfWork, asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Write a macro for everybody."""
    limit()
    done = macros.add(uow, _wish(asked), owner_id=None, code=asked["code"])
    return _macro(done, {}), 201


@blueprint.put("/macros/<code>")
@guard.guard(scope="macros:manage")
@blueprint.arguments(MacroWishSchema())
@blueprint.response(200, MacroSchema, example=MACRO, headers=etags.ETAG_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change(asked: Mapping[str, Any], code: str) -> Response:
    """Write a macro anew; ``is_active`` false takes it out of use."""
    limit()
    with runtime().unit_of_work(guard.actor()) as uow:
        found = writing.macro(uow.session, code, staff_id=None)
        used = writing.uses(uow.session)
        etags.require_match(f"{found.version}-{used.get(found.id, 0)}")
        done = macros.change(uow, found, _wish(asked), version=found.version)
    response = jsonify(_macro(done, used))
    response.set_etag(f"{done.version}-{used.get(done.id, 0)}")
    return response


@blueprint.get("/cases/<number>/macros/<code>")
@guard.guard(scope="cases:read")
@blueprint.response(200, FilledSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 422, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def filled(number: str, code: str) -> Response:
    """A macro as it reads in a case; what the case lacks is named, never left blank."""
    limit()
    house = runtime()
    with house.database.looking() as session:
        case = queries.by_number(session, number)
        found = _macro_in_use(session, code)
        told = {
            name: personal.shown(one, Kind.NAME) if name == values.CUSTOMER else one
            for name, one in values.of_case(house, session, case, agent_name="").items()
        }
        body = found.body.get(case.language, "")
        if not body:
            raise Invalid("no text in that language", {"macro": "has no text in that language"})
        text = filling.fill(body, {"agent_name": house.look.name(case.language), **told})
    said = {"text": text, "language": case.language, "actions": list(found.actions)}
    return etags.tagged_by_content(jsonify(said))


def _macro_in_use(session: Session, code: str) -> MacroView:
    """Everybody's macro of that code, to answer with.

    Raises:
        NotFound: there is none.
        Invalid: it is switched off.
    """
    found = writing.macro(session, code, staff_id=None)
    if not found.is_active:
        raise Invalid("that macro is switched off", {"macro": "is switched off"})
    return found


def _wish(asked: Mapping[str, Any]) -> Wish:
    return Wish(
        title=asked["title"],
        body=asked["body"],
        actions=[
            {"do": str(one["do"]), **({"value": one["value"]} if one["value"] else {})}
            for one in asked["actions"]
        ],
        reasons=asked["reasons"],
        queues=asked["queues"],
        is_active=asked["is_active"],
    )


def _macro(found: MacroView, used: Mapping[int, int]) -> dict[str, Any]:
    return {
        "code": found.code,
        "title": dict(found.title),
        "body": dict(found.body),
        "actions": list(found.actions),
        "reasons": list(found.reasons),
        "queues": list(found.queues),
        "is_active": found.is_active,
        "used": used.get(found.id, 0),
        "version": found.version,
    }
