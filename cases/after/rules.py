"""The shop's rules for what comes after a case: read, and changed by whoever may."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from cases.after.models import AfterRules
from cases.words import RESOLUTIONS
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, Stale

Reader = Connection | Session

#: The least and the most of each number.
BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "reopen_days": (1, 90),
    "ask_after_minutes": (0, 20160),
    "feedback_after_hours": (0, 1440),
    "answer_days": (1, 90),
    "not_again_days": (0, 365),
    "low_score": (0, 4),
}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How long a case may come back, who is asked how it went, and when."""

    reopen_days: int = 3
    asks_satisfaction: bool = True
    ask_after_minutes: int = 60
    asked_endings: tuple[str, ...] = ("answered", "handled", "refused")
    asks_feedback: bool = True
    feedback_after_hours: int = 72
    answer_days: int = 14
    not_again_days: int = 14
    low_score: int = 2
    version: int = 0

    @property
    def reopen_within(self) -> timedelta:
        """So long a settled case comes back; then it closes, and words open another one."""
        return timedelta(days=self.reopen_days)

    @property
    def ask_after(self) -> timedelta:
        return timedelta(minutes=self.ask_after_minutes)

    @property
    def feedback_after(self) -> timedelta:
        return timedelta(hours=self.feedback_after_hours)

    @property
    def answer_within(self) -> timedelta:
        return timedelta(days=self.answer_days)

    @property
    def not_again_within(self) -> timedelta:
        return timedelta(days=self.not_again_days)


_NAMES: Final = tuple(Rules.__dataclass_fields__)


def in_force(reader: Reader) -> Rules:
    """The rules as they are now; one query."""
    row = reader.execute(
        select(*(getattr(AfterRules, name) for name in _NAMES)).where(AfterRules.id == 1)
    ).one_or_none()
    if row is None:
        return Rules()
    given = dict(zip(_NAMES, row, strict=True))
    return Rules(**{**given, "asked_endings": tuple(given["asked_endings"])})


def change(uow: UnitOfWork, wanted: Rules) -> Rules:
    """Put rules in force; ``wanted.version`` is the one they were read at.

    Raises:
        Invalid: a number is out of its bounds, or there is no such ending.
        Stale: somebody changed them meanwhile.
    """
    wrong = _wrong(asdict(wanted))
    if wrong:
        raise Invalid("these rules cannot hold", wrong)
    values = {name: getattr(wanted, name) for name in _NAMES if name != "version"}
    changed = uow.session.execute(
        update(AfterRules)
        .where(AfterRules.id == 1, AfterRules.version == wanted.version)
        .values(
            **{**values, "asked_endings": _sorted(wanted.asked_endings)},
            version=AfterRules.version + 1,
        )
        .returning(AfterRules.id)
    ).one_or_none()
    if changed is None:
        raise Stale("somebody changed these rules meanwhile")
    return in_force(uow.session)


def _wrong(given: Mapping[str, Any]) -> dict[str, str]:
    wrong = {
        name: f"must be from {least} to {most}"
        for name, (least, most) in BOUNDS.items()
        if not least <= given[name] <= most
    }
    if not set(given["asked_endings"]) <= set(RESOLUTIONS):
        wrong["asked_endings"] = "has an unknown one"
    return wrong


def _sorted(endings: Collection[str]) -> list[str]:
    return [one for one in RESOLUTIONS if one in set(endings)]
