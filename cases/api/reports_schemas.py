"""What ``/v1`` takes and gives about figures of cases."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from cases.reports.figures import By, Figure
from oms_service.api.schemas import NameSchema, Strict, text_field

_SPREAD: Final = {
    "count": 128,
    "median_s": 1260.0,
    "p90_s": 5400.0,
    "business_median_s": 540.0,
    "business_p90_s": 2400.0,
}
_FIGURES: Final[dict[str, Any]] = {
    "opened": {"count": 140},
    "first_response": _SPREAD,
    "in_time": {"part": 118, "whole": 128, "share": 0.9219},
    "satisfaction": {"part": 36, "whole": 40, "share": 0.9, "mean": 4.4},
    "contact_rate": {"contacts": 131, "orders": 2980, "per_100": 4.4},
}
#: Figures as the description shows them.
REPORT: Final = {
    "from": "2026-10-26",
    "to": "2026-11-22",
    "zone": "Asia/Tokyo",
    "figures": _FIGURES,
    "before": {"from": "2026-09-28", "to": "2026-10-25", "figures": {"opened": {"count": 152}}},
    "by": "queue",
    "lines": [{"key": "returns", "name": "Returns", "figures": {"opened": {"count": 48}}}],
}
#: The board as the description shows it.
BOARD: Final = {
    "at": "2026-11-22T03:10:00+00:00",
    "queues": [
        {
            "queue": "general",
            "name": {"ja": "総合", "en": "General"},
            "open": 12,
            "waiting": 5,
            "unassigned": 1,
            "overdue": 1,
            "due_soon": 2,
            "oldest_at": "2026-11-22T02:41:00+00:00",
        }
    ],
    "agents": [
        {"id": 3, "name": "田中 葵", "presence": "present", "load": 4, "capacity": 6},
    ],
    "unassigned": [{"why": "all_full", "cases": 1}],
    "next_due": [{"case_number": "C-1017", "due_at": "2026-11-22T03:00:00+00:00"}],
    "opened_today": 14,
    "settled_today": 11,
}
_DAY: Final = 10
_CODE: Final = 60


class ReportQuery(Strict):
    """Which days, which cases, and by what they are split."""

    from_ = text_field(
        _DAY,
        load_default="",
        data_key="from",
        metadata={"description": "The first day, such as 2026-11-01; else four weeks ago."},
    )
    to = text_field(
        _DAY, load_default="", metadata={"description": "The last day, counted; else today."}
    )
    by = fields.String(
        load_default=None,
        validate=validate.OneOf([str(one) for one in By]),
        metadata={"description": "Split by this; without it there are no lines."},
    )
    queue = text_field(_CODE, load_default="", metadata={"description": "The code of a queue."})
    agent = text_field(20, load_default="", metadata={"description": "The id of a colleague."})
    channel = text_field(_CODE, load_default="", metadata={"description": "Where it began."})
    reason = text_field(_CODE, load_default="", metadata={"description": "The code of a reason."})
    language = text_field(2, load_default="", metadata={"description": "ja or en."})
    tag = text_field(20, load_default="", metadata={"description": "The id of a tag."})


class ReportFileQuery(ReportQuery):
    """The same for a file, which is always split."""

    by = fields.String(
        load_default=str(By.QUEUE),
        validate=validate.OneOf([str(one) for one in By]),
        metadata={"description": "A row for each of these."},
    )


class MeasuredSchema(Schema):
    """A figure: a count, a time, a share, or a rate; each has the fields of its own kind.

    Times are seconds, ``business_*`` in opening hours; ``docs/reports.md`` defines each figure.
    """

    count = fields.Integer()
    median_s = fields.Float()
    p90_s = fields.Float()
    business_median_s = fields.Float(allow_none=True)
    business_p90_s = fields.Float(allow_none=True)
    part = fields.Integer()
    whole = fields.Integer()
    share = fields.Float()
    mean = fields.Float()
    contacts = fields.Integer()
    orders = fields.Integer()
    per_100 = fields.Float()


def _figures() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=validate.OneOf([str(one) for one in Figure])),
        values=fields.Nested(MeasuredSchema),
        required=True,
    )


class ReportBeforeSchema(Schema):
    """The same figures of as many days just before."""

    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)
    figures = _figures()


class ReportLineSchema(Schema):
    """The figures of one queue, colleague, day and so on; ``key`` is empty for what has none."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    figures = _figures()


class ReportSchema(Schema):
    """Figures of whole days of the shop's zone."""

    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)
    zone = fields.String(required=True)
    figures = _figures()
    before = fields.Nested(ReportBeforeSchema, required=True)
    by = fields.String(required=True, allow_none=True)
    lines = fields.List(fields.Nested(ReportLineSchema), required=True)


class BoardQueueSchema(Schema):
    """One queue as it stands."""

    queue = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    open = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    unassigned = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    due_soon = fields.Integer(required=True)
    oldest_at = fields.AwareDateTime(required=True, allow_none=True)


class BoardAgentSchema(Schema):
    """A colleague as they stand; load and capacity are weights of open cases."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    presence = fields.String(required=True)
    load_ = fields.Integer(required=True, data_key="load")
    capacity = fields.Integer(required=True)


class BoardNobodySchema(Schema):
    """So many open cases nobody has, and why; an empty word for those just opened."""

    why = fields.String(required=True)
    cases = fields.Integer(required=True)


class BoardDueSchema(Schema):
    """A case whose answer is late or due within the hour."""

    case_number = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)


class BoardSchema(Schema):
    """How it stands this minute."""

    at = fields.AwareDateTime(required=True)
    queues = fields.List(fields.Nested(BoardQueueSchema), required=True)
    agents = fields.List(fields.Nested(BoardAgentSchema), required=True)
    unassigned = fields.List(fields.Nested(BoardNobodySchema), required=True)
    next_due = fields.List(fields.Nested(BoardDueSchema), required=True)
    opened_today = fields.Integer(required=True)
    settled_today = fields.Integer(required=True)
