"""What ``/v1/case-search``, ``/v1/case-views`` and ``/v1/case-bulks`` take and give."""

from typing import Final

from marshmallow import Schema, fields, validate

from cases.finding.bulk import MOST
from cases.finding.filters import Key
from cases.finding.saving import LAST, LONGEST_NAME
from cases.finding.states import BulkAction, BulkState, ItemState, Sort
from cases.states import CaseState, Priority
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import Strict, text_field
from oms_service.kernel.languages import Language

_LONGEST: Final = 400
FOUND: Final = {
    "number": "C-1017",
    "reason": "return",
    "state": "open",
    "priority": "normal",
    "queue": "returns",
    "is_assigned": True,
    "language": "ja",
    "channel": "webchat",
    "tier": "gold",
    "tags": ["VIP"],
    "order_number": "A-10407",
    "opened_at": "2026-11-22T01:42:00+00:00",
    "waiting_since": "2026-11-22T01:42:00+00:00",
    "due_at": "2026-11-22T02:42:00+00:00",
    "due_metric": "first_response",
    "updated_at": "2026-11-22T01:50:00+00:00",
}
VIEW: Final = {
    "id": "kP3xQ9vT2mB7sL4aZ8nW1c",
    "name": "Returns of gold customers",
    "filters": {"state": ["open_ones"], "queue": ["returns"]},
    "sort": "due",
    "position": 10,
    "version": 1,
}
BULK: Final = {
    "id": "rD5yH2uN8qC6tJ1eX4oV9g",
    "action": "priority",
    "given": {"priority": "high"},
    "state": "running",
    "total": 40,
    "done": 12,
    "skipped": 1,
    "created_at": "2026-11-22T01:42:00+00:00",
    "started_at": "2026-11-22T01:42:00+00:00",
    "ended_at": None,
}
BULK_CASE: Final = {"number": "C-1017", "state": "skipped", "why": "stale-version"}

_WHAT: Final = {
    Key.STATE: "States, `open_ones` for all open ones or `settled` for the others",
    Key.QUEUE: "Codes of queues",
    Key.TAG: "Names of tags",
    Key.ASSIGNEE: "`nobody` for cases nobody has",
    Key.REASON: "Codes of reasons",
    Key.CHANNEL: "Codes of channels",
    Key.PRIORITY: "Priorities",
    Key.LANGUAGE: "Languages",
    Key.DUE: "`over` for overdue answers, `soon` for those due within four hours",
    Key.AFTER: "Opened on this day of the shop or later",
    Key.BEFORE: "Opened before this day of the shop",
}


class CaseSearchQuery(PageQuery):
    """Which cases; several values of one filter with commas between, of which any may fit."""

    text = text_field(
        100,
        load_default="",
        metadata={
            "description": "Words to search for: numbers, names, mail addresses, what was written.",
            "example": "佐藤",
        },
    )
    sort = fields.Enum(Sort, by_value=True, load_default=Sort.PRIORITY)
    state = text_field(
        _LONGEST,
        load_default="",
        metadata={"description": _WHAT[Key.STATE], "example": "open_ones"},
    )
    queue = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.QUEUE]})
    tag = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.TAG]})
    assignee = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.ASSIGNEE]})
    reason = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.REASON]})
    channel = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.CHANNEL]})
    priority = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.PRIORITY]})
    language = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.LANGUAGE]})
    due = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.DUE]})
    after = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.AFTER]})
    before = text_field(_LONGEST, load_default="", metadata={"description": _WHAT[Key.BEFORE]})


class FoundCaseSchema(Schema):
    """A case as lists hold it, without personal data and without what anybody wrote."""

    number = fields.String(required=True)
    reason = fields.String(required=True)
    state = fields.Enum(CaseState, by_value=True, required=True)
    priority = fields.Enum(Priority, by_value=True, required=True)
    queue = fields.String(required=True)
    is_assigned = fields.Boolean(required=True)
    language = fields.Enum(Language, by_value=True, required=True)
    channel = fields.String(required=True)
    tier = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    order_number = fields.String(required=True, allow_none=True)
    opened_at = fields.AwareDateTime(required=True)
    waiting_since = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    due_metric = fields.String(required=True)
    updated_at = fields.AwareDateTime(required=True)


class CaseSearchSchema(Schema):
    """``is_close``: nothing is written so; these are written much like it."""

    cases = fields.List(fields.Nested(FoundCaseSchema), required=True)
    is_close = fields.Boolean(required=True)


def _filters() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=validate.OneOf([str(one) for one in Key])),
        values=fields.List(text_field(80, shortest=1), validate=validate.Length(1, 20)),
        load_default=dict,
        metadata={
            "description": "Values by filter, as `GET /v1/case-search` takes them.",
            "example": {"state": ["open_ones"]},
        },
    )


class NewCaseViewSchema(Strict):
    """A view for everybody at the desk."""

    name = text_field(LONGEST_NAME, shortest=1, required=True, metadata={"example": VIEW["name"]})
    filters = _filters()
    sort = fields.Enum(Sort, by_value=True, load_default=Sort.PRIORITY)
    position = fields.Integer(
        load_default=100, validate=validate.Range(0, LAST), metadata={"example": 10}
    )


def _version() -> fields.Integer:
    return fields.Integer(
        required=True,
        validate=validate.Range(1, 2**31 - 1),
        metadata={"description": "As you read it; another one now is refused.", "example": 1},
    )


class CaseViewChangeSchema(NewCaseViewSchema):
    """A view as it should be from now on, whole."""

    version = _version()


class CaseViewSchema(Schema):
    """A shared view of the inbox."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    filters = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    sort = fields.Enum(Sort, by_value=True, required=True)
    position = fields.Integer(required=True)
    version = fields.Integer(required=True)


class CaseViewsSchema(Schema):
    case_views = fields.List(fields.Nested(CaseViewSchema), required=True)


class NewCaseBulkSchema(Strict):
    """What is to be done, and with which cases: named by number, or all that filters find."""

    action = fields.Enum(
        BulkAction, by_value=True, required=True, metadata={"example": BULK["action"]}
    )
    given = fields.Dict(
        keys=text_field(20, shortest=1),
        values=text_field(_LONGEST, shortest=1),
        required=True,
        validate=validate.Length(1, 1),
        metadata={
            "description": "What the action needs: `staff`, `queue`, `priority`, `tag` (a name; "
            "to take one off, its id), `code` of how they ended, or `until`.",
            "example": BULK["given"],
        },
    )
    numbers = fields.List(
        text_field(20, shortest=1),
        load_default=list,
        validate=validate.Length(0, MOST),
        metadata={"example": ["C-1017"]},
    )
    filters = _filters()


class CaseBulkSchema(Schema):
    """How far it is."""

    id = fields.String(required=True)
    action = fields.Enum(BulkAction, by_value=True, required=True)
    given = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    state = fields.Enum(BulkState, by_value=True, required=True)
    total = fields.Integer(required=True)
    done = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class CaseBulkCaseSchema(Schema):
    """What became of one case; ``why`` is a code where it was skipped."""

    number = fields.String(required=True)
    state = fields.Enum(ItemState, by_value=True, required=True)
    why = fields.String(required=True)


class CaseBulkCasesSchema(Schema):
    cases = fields.List(fields.Nested(CaseBulkCaseSchema), required=True)
