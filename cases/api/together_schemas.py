"""What the endpoints of watching, links, child cases and side tasks take and give."""

from typing import Final

from marshmallow import Schema, fields, validate

from cases.states import CaseState
from cases.together import linking, tasks
from cases.together.states import LinkKind, TaskState, Team
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import Strict, text_field, time_field

_GREATEST: Final = 2_147_483_647

TASK: Final = {
    "number": "T-1004",
    "case_number": "C-1017",
    "title": "棚Bに荷物がないか確認する",
    "detail": "",
    "remark": "",
    "team": "warehouse",
    "agent": None,
    "due_at": "2026-11-23T09:00:00+00:00",
    "state": "open",
    "waits": True,
    "opened_at": "2026-11-22T01:42:00+00:00",
    "ended_at": None,
    "version": 1,
}
LINK: Final = {"number": "C-1009", "state": "open", "kind": "related", "is_first": True}
RELATIVE: Final = {"number": "C-1018", "state": "new", "is_blocking": True, "agent": None}
RELATIVES: Final = {
    "watchers": [3],
    "links": [LINK],
    "children": [RELATIVE],
    "parent": None,
}


def id_field(**more: object) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(1, _GREATEST), **more)  # type: ignore[arg-type]  # what a field takes


class TasksQuery(PageQuery):
    """Which tasks."""

    team = fields.Enum(Team, by_value=True, load_default=None)
    ended = fields.Boolean(
        load_default=False, metadata={"description": "Those that have ended, the latest first."}
    )


class NewTaskSchema(Strict):
    """What somebody else shall do for a case."""

    title = text_field(
        tasks.LONGEST_TITLE, shortest=1, required=True, metadata={"example": "Look on shelf B"}
    )
    detail = text_field(tasks.LONGEST_TEXT, load_default="")
    team = fields.Enum(Team, by_value=True, required=True)
    agent = id_field(
        load_default=None, allow_none=True, metadata={"description": "A colleague's id."}
    )
    due_at = time_field(load_default=None, allow_none=True)
    waits = fields.Boolean(
        load_default=False,
        metadata={"description": "The case waits for it, and comes back by itself."},
    )


class RemarkSchema(Strict):
    """What was done, or why it need not be."""

    remark = text_field(tasks.LONGEST_TEXT, load_default="", metadata={"example": "Found it."})
    version = id_field(load_default=None, allow_none=True)


class TaskVersionSchema(Strict):
    """The task as you read it; another one now is refused."""

    version = id_field(load_default=None, allow_none=True)


class TaskSchema(Schema):
    """A side task; ``agent`` is the colleague it was given to."""

    number = fields.String(required=True)
    case_number = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    remark = fields.String(required=True)
    team = fields.Enum(Team, by_value=True, required=True)
    agent = fields.Integer(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    state = fields.Enum(TaskState, by_value=True, required=True)
    waits = fields.Boolean(required=True)
    opened_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class TasksSchema(Schema):
    tasks = fields.List(fields.Nested(TaskSchema), required=True)


class LinkBodySchema(Strict):
    """How this case hangs together with another: it is related, a duplicate, or blocks it."""

    to = text_field(40, shortest=1, required=True, metadata={"example": "C-1009"})
    kind = fields.Enum(LinkKind, by_value=True, required=True)


class NewChildSchema(Strict):
    """A case to open from this one."""

    reason = text_field(60, shortest=1, required=True, metadata={"example": "payment"})
    note = text_field(linking.LONGEST_NOTE, load_default="")
    with_order = fields.Boolean(
        load_default=True, metadata={"description": "About the order of this case as well."}
    )
    is_blocking = fields.Boolean(
        load_default=False, metadata={"description": "This case waits for it."}
    )
    agent = id_field(load_default=None, allow_none=True)


class LinkSchema(Schema):
    """``is_first``: this case comes first, as in "this one blocks that one"."""

    number = fields.String(required=True)
    state = fields.Enum(CaseState, by_value=True, required=True)
    kind = fields.Enum(LinkKind, by_value=True, required=True)
    is_first = fields.Boolean(required=True)


class RelativeSchema(Schema):
    number = fields.String(required=True)
    state = fields.Enum(CaseState, by_value=True, required=True)
    is_blocking = fields.Boolean(required=True)
    agent = fields.Integer(required=True, allow_none=True)


class RelativesSchema(Schema):
    """Who watches a case, and which cases hang together with it."""

    watchers = fields.List(fields.Integer(), required=True)
    links = fields.List(fields.Nested(LinkSchema), required=True)
    children = fields.List(fields.Nested(RelativeSchema), required=True)
    parent = fields.Nested(RelativeSchema, required=True, allow_none=True)
