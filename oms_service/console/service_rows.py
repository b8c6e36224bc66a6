"""A carrier's prices and remote areas as rows of a form: shown, read, and what is wrong by row."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from oms_service.web.texts import N_, gettext

Form = Mapping[str, str]
Row = dict[str, str]

#: Empty rows at the end, for what is to be added.
SPARE: Final = 3
#: More rows than any table has.
_MOST: Final = 250
_LONGEST: Final = 2_000
#: A number of more digits fits no column.
_DIGITS: Final = 9
STEP: Final = ("up_to_g", "up_to_sides_mm", "by_distance")
AREA: Final = (
    "region",
    "postal_prefixes",
    "places",
    "surcharge_minor",
    "extra_days",
    "not_served",
)
_FIELD: Final = re.compile(r"(?:rates\.steps|remote\.areas)\[(\d+)\](?:\.(\w+))?")


@dataclass
class Rows:
    """Rows of one table as typed; ``kept`` are the numbers of those that are not empty."""

    name: str
    fields: tuple[str, ...]
    typed: list[Row]
    errors: dict[str, str]
    kept: list[int] = field(default_factory=list)

    @property
    def shown(self) -> list[Row]:
        """Every row, and some empty ones to add to."""
        return [*self.typed, *(dict.fromkeys(self.fields, "") for _spare in range(SPARE))]

    def input(self, index: int, part: str) -> str:
        """The name of an input."""
        return f"{self.name}-{index}-{part}"


def steps_of(rates: Mapping[str, Any]) -> Rows:
    """Prices as stored, one row for each step."""
    return Rows("step", STEP, [_shown(one, STEP) for one in rates.get("steps", ())], {})


def areas_of(remote: Mapping[str, Any]) -> Rows:
    """Remote areas as stored, one row for each."""
    rows = []
    for one in remote.get("areas", ()):
        row = _shown(one, AREA)
        row["not_served"] = "" if one.get("is_served", True) else "yes"
        rows.append(row)
    return Rows("area", AREA, rows, {})


def read_steps(form: Form) -> tuple[Rows, dict[str, Any]]:
    """The prices that a form holds; what cannot be read is an error of its row."""
    return _read(form, "step", STEP, "steps", _step)


def read_areas(form: Form) -> tuple[Rows, dict[str, Any]]:
    """The remote areas that a form holds."""
    return _read(form, "area", AREA, "areas", _area)


def explain(wrong: Mapping[str, str], steps: Rows, areas: Rows) -> dict[str, str]:
    """What a service objects to, beside the inputs it objects to; the rest by its own name."""
    found = {}
    for name, why in wrong.items():
        met = _FIELD.fullmatch(name)
        rows = steps if name.startswith("rates.") else areas
        if met is None or int(met[1]) >= len(rows.kept):
            found[_TABLES.get(name, name)] = _whole_table(name, why)
            continue
        index, part = rows.kept[int(met[1])], met[2] or rows.fields[0]
        part = "not_served" if part == "is_served" else part
        found[rows.input(index, part)] = _in_row(index, _WRONG.get(part, _CHECK))
    return found


def _whole_table(name: str, why: str) -> str:
    if name == "rates.steps":
        return str(gettext("Enter 1 to 40 rows of prices."))
    return str(gettext("%(name)s: %(why)s", name=name, why=why))


_CHECK: Final = N_("Please check this entry.")
_WHOLE: Final = N_("Enter a whole number from 0 on.")
_WRONG: Final[Mapping[str, str]] = {
    "up_to_g": N_("Enter a weight of at least 1 g."),
    "up_to_sides_mm": N_("Enter the three sides together, at least 1 mm, or nothing."),
    "by_distance": N_("Enter one price, or one for each distance, with spaces between."),
    "region": N_("Enter a prefecture, postal codes or places."),
    "postal_prefixes": N_("Enter the beginnings of postal codes, up to 7 digits each."),
    "places": N_("Enter codes of islands and remote areas that the shop knows."),
    "surcharge_minor": _WHOLE,
    "extra_days": N_("Enter a number of days from 0 to 60, or nothing."),
}
_TABLES: Final = {"rates.steps": "step-0-up_to_g", "remote.areas": "area-0-region"}


def _shown(one: Mapping[str, Any], fields: Sequence[str]) -> Row:
    row = {}
    for name in fields:
        value = one.get(name)
        if isinstance(value, list):
            row[name] = " ".join(str(part) for part in value)
        else:
            row[name] = "" if value is None else str(value)
    return row


def _read(
    form: Form,
    name: str,
    fields: tuple[str, ...],
    key: str,
    make: Callable[[Row, Callable[[str, str], None]], dict[str, Any]],
) -> tuple[Rows, dict[str, Any]]:
    rows = Rows(name, fields, [], {})
    made = []
    for index in range(_MOST):
        if f"{name}-{index}-{fields[0]}" not in form:
            break
        row = {part: form.get(f"{name}-{index}-{part}", "")[:_LONGEST].strip() for part in fields}
        if not any(row.values()):
            continue
        at = len(rows.typed)
        rows.typed.append(row)
        rows.kept.append(at)

        def wrong(part: str, said: str, at: int = at) -> None:
            rows.errors[rows.input(at, part)] = _in_row(at, said)

        made.append(make(row, wrong))
    return rows, {key: made}


def _step(row: Row, wrong: Callable[[str, str], None]) -> dict[str, Any]:
    found: dict[str, Any] = {"up_to_g": _number(row, "up_to_g", wrong)}
    if row["up_to_sides_mm"]:
        found["up_to_sides_mm"] = _number(row, "up_to_sides_mm", wrong)
    prices = _words(row["by_distance"])
    if not all(_is_number(one) for one in prices):
        wrong("by_distance", _WRONG["by_distance"])
        prices = []
    return found | {"by_distance": [int(one) for one in prices]}


def _area(row: Row, wrong: Callable[[str, str], None]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row["region"]:
        found["region"] = row["region"]
    for name in ("postal_prefixes", "places"):
        if row[name]:
            found[name] = [one.replace("-", "") for one in _words(row[name])]
    if row["surcharge_minor"]:
        found["surcharge_minor"] = _number(row, "surcharge_minor", wrong)
    if row["extra_days"]:
        found["extra_days"] = _number(row, "extra_days", wrong)
    if row["not_served"]:
        found["is_served"] = False
    return found


def _words(typed: str) -> list[str]:
    return typed.replace(",", " ").replace("、", " ").split()


def _number(row: Row, name: str, wrong: Callable[[str, str], None]) -> int:
    if _is_number(row[name]):
        return int(row[name])
    wrong(name, _WRONG[name])
    return 0


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS


def _in_row(index: int, said: str) -> str:
    return str(gettext("Row %(row)s: %(why)s", row=index + 1, why=gettext(said)))
