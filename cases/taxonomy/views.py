"""The shop's own words for cases as others see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cases.states import CaseState, LineEnding
from cases.taxonomy.states import FieldKind
from oms_service.kernel.languages import Words
from oms_service.orders.queries import LineView, OrderView


@dataclass(frozen=True)
class StatusView:
    """What a category of states is called, or where in it a case stands more exactly."""

    code: str
    category: CaseState
    agent: Words
    customer: Words
    position: int
    is_active: bool
    version: int


@dataclass(frozen=True)
class TagView:
    """A word colleagues put on cases."""

    id: int
    name: str


@dataclass(frozen=True)
class TagCount:
    """A tag and how many cases have it."""

    id: int
    name: str
    version: int
    cases: int
    open_cases: int


@dataclass(frozen=True)
class Choice:
    """One of the answers of a field; one that is not active any more is shown and not offered."""

    code: str
    name: Words
    is_active: bool = True


@dataclass(frozen=True)
class FieldView:
    """A field of the shop's own; of no reason named it belongs to all."""

    code: str
    kind: FieldKind
    name: Words
    choices: Sequence[Choice]
    reasons: Sequence[str]
    is_required: bool
    is_public: bool
    position: int
    is_active: bool
    version: int

    def fits(self, reason: str) -> bool:
        return self.is_active and (not self.reasons or reason in self.reasons)

    def said(self, value: str) -> Words | str:
        """A stored value as people read it: the words of a choice, else as it is."""
        if self.kind is not FieldKind.CHOICE:
            return value
        return next((one.name for one in self.choices if one.code == value), value)


@dataclass(frozen=True)
class ValueView:
    """A field and what it says of a case; empty: nothing yet."""

    field: FieldView
    value: str


@dataclass(frozen=True)
class LineInCase:
    """An order line, how many pieces the case is about (0: none), and how that ended."""

    line: LineView
    quantity: int
    ending: LineEnding | None


@dataclass(frozen=True)
class OrderInCase:
    """An order of a case: as it was when it came to the case, and as it is now."""

    order: OrderView
    is_main: bool
    snapshot: Mapping[str, Any]
    lines: Sequence[LineInCase]

    @property
    def chosen(self) -> list[LineInCase]:
        return [one for one in self.lines if one.quantity]
