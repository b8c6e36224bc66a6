"""Mappings the house brings along, until the shop keeps one of the same name itself.

Columns are headed as on the carriers' public tracking pages; exports of a contract may be headed
otherwise, and are read once the names in a copy of the mapping are changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from oms_service.shipping.sources.states import Form


@dataclass(frozen=True)
class BuiltIn:
    """One of them: its form, and its rules as the shop would write them."""

    form: Form
    rules: Mapping[str, Any]


BUILT_IN: Final[Mapping[str, BuiltIn]] = {
    "yamato-csv": BuiltIn(
        Form.CSV,
        {
            "carrier": {"fixed": "yamato"},
            "number": "伝票番号",
            "status": "荷物状況",
            "time": ["日付", "時刻"],
            "place": "担当店名",
            "reason": "備考",
            "estimate": "お届け予定日",
        },
    ),
    "sagawa-csv": BuiltIn(
        Form.CSV,
        {
            "carrier": {"fixed": "sagawa"},
            "number": "お問い合せ送り状No.",
            "status": "荷物状況",
            "time": "日時",
            "place": "担当営業所",
            "reason": "詳細表示",
            "estimate": "配達予定日",
        },
    ),
    "japanpost-csv": BuiltIn(
        Form.CSV,
        {
            "carrier": {"fixed": "japanpost"},
            "number": "お問い合わせ番号",
            "status": "配送履歴",
            "time": "状態発生日",
            "place": "取扱局",
            "reason": "詳細",
            "estimate": "お届け予定日",
        },
    ),
    "plain-csv": BuiltIn(
        Form.CSV,
        {
            "carrier": {"from": "carrier"},
            "number": "tracking_number",
            "status": "status",
            "time": "occurred_at",
            "place": "place",
            "reason": "reason",
            "event": "event_id",
            "estimate": "estimated_day",
        },
    ),
    "plain-json": BuiltIn(
        Form.JSON,
        {
            "items": "scans",
            "carrier": {"from": "carrier"},
            "number": "tracking_number",
            "status": "status",
            "time": "occurred_at",
            "place": "place",
            "reason": "reason",
            "event": "event_id",
        },
    ),
}
