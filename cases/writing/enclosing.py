"""Files of an answer on its way, as they stand in its row."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from oms_service.conversations.attachments import Enclosed, Rules


def as_data(enclosed: Enclosed) -> dict[str, Any]:
    """What is kept of files until they leave: ids alone, and what was allowed then."""
    return {
        "scope": enclosed.scope,
        "ids": list(dict.fromkeys(enclosed.ids)),
        "rules": asdict(enclosed.rules),
    }


def enclosed_of(data: Mapping[str, Any]) -> Enclosed:
    """What ``as_data`` has kept."""
    return Enclosed(scope=data["scope"], ids=tuple(data["ids"]), rules=Rules(**data["rules"]))
