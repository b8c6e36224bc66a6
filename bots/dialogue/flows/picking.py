"""Items of an order and units of them, as a slot: by name, place, ``both``, or all but some.

The value is ``{"picked": [{"line_id", "quantity"}], ...}``; a quantity that nobody knows yet is
None and asked. The facts have ``lines`` as ``contracts.returning.PickableData``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bots.dialogue.flows import naming
from bots.dialogue.flows.choosing import names_of
from bots.dialogue.flows.form import Remembering, Slot, facts, value, with_note, with_slots
from bots.dialogue.moves import HUMAN, OTHER_ORDER, pressed
from bots.dialogue.turns import Button, Data, Frame, Question, Say
from bots.understanding.heard import NAMES, Heard, Kind, Option

#: Buttons for lines and quantities that fit on one screen; more can still be typed.
MOST_LINES: Final = 8
MOST_QUANTITIES: Final = 5
#: Lines that cannot be picked are explained, but not all of a long order.
MOST_REFUSED: Final = 3
ALL: Final = "all"
#: A correction of a number alone.
_NUMBERS: Final = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_ONLY: Final = re.compile(
    r"\b(?:just|only|make (?:it|that)|rather)(?: the)?"
    r" (?P<number>one|two|three|four|five|\d{1,3})\b",
    re.IGNORECASE,
)
#: What is named comes to what was picked before, or goes from it.
_TOO: Final = re.compile(
    r"\b(?:also|too|as well|add|plus|and the)\b|も(?:お願い|返品|交換|一緒)?|追加|あと",
    re.IGNORECASE,
)
_NOT: Final = re.compile(
    r"\b(?:not the|without the|keep the|except the|leave out|remove|only not)\b"
    r"|は(?:やめ|返さない|返品しない|残)|を(?:除|外)|はいらない|以外",
    re.IGNORECASE,
)
#: ``the order with the lamp`` means the order, not the lamp.
_ORDER_WITH: Final = re.compile(
    r"\borders? (?:with|of|containing|that (?:has|had)|including)\b"
    r"|(?:が入った|を買った|が入っている)ご?注文",
    re.IGNORECASE,
)


#: Not asked for, an item is named by what it is like.
_THE_ONE: Final = re.compile(
    r"\b(?:the|that|this) (?!one\b)[\w -]{1,30}\bone\b|(?:ほう|方|やつ)(?=[をはがだの、。]|$)",
    re.IGNORECASE,
)


def lines_slot(prefix: str, *, name: str = "lines") -> Slot:
    """The slot, asked with the texts ``PREFIX.lines`` and ``PREFIX.quantity``."""
    return Slot(
        name,
        ask=lambda frame: _question(frame, value(frame, name), prefix),
        read=lambda frame, heard, asked: _read(frame, value(frame, name), heard, asked=asked),
        lacks=lambda frame: _open(value(frame, name)) is not None,
        remembering=Remembering(
            lines=lambda frame: [one["line_id"] for one in value(frame, name)["picked"]],
            recall=_recalled,
        ),
    )


def _recalled(frame: Frame, line_id: int) -> dict[str, Any] | None:
    line = _by_id(frame).get(line_id)
    return {"picked": [_pick(line, None)]} if line is not None and _is_usable(line) else None


def brought_in_order(frame: Frame, prefix: str, *, name: str = "lines") -> Frame:
    """For ``Form.settle``: the only line there is, and what cannot be picked is said not to be.

    Texts ``PREFIX.only_line``, ``PREFIX.line_refused`` and ``PREFIX.too_many``.
    """
    known = value(frame, name)
    if known is None:
        frame = _with_refused(frame, prefix)
        usable = _usable(frame)
        if len(usable) != 1:
            return frame
        only = usable[0]
        params = {"name": only["name"], "number": facts(frame)["number"]}
        told = with_note(frame, f"{prefix}.only_line", **params)
        return with_slots(told, **{name: {"picked": [_pick(only, None)]}})
    for line_id in known.get("refused", []):
        frame = _with_refusal(frame, _by_id(frame)[line_id], prefix)
    if known.get("too_many"):
        frame = with_note(frame, f"{prefix}.too_many", most=known["too_many"])
    picked = {"picked": known["picked"]} if known["picked"] else None
    return with_slots(frame, **{name: picked})


def _with_refused(frame: Frame, prefix: str) -> Frame:
    """Before it is asked which, and once: which are no choice, and why."""
    if frame.data.get("has_refused"):
        return frame
    refused = [line for line in facts(frame)["lines"] if not _is_usable(line)]
    for line in refused[:MOST_REFUSED]:
        frame = _with_refusal(frame, line, prefix)
    return frame.having(has_refused=True)


def _with_refusal(frame: Frame, line: Data, prefix: str) -> Frame:
    why = line["refusal"] or {"code": "unknown"}
    return with_note(frame, f"{prefix}.line_refused", name=line["name"], refusal=dict(why))


def wanted_lines(frame: Frame, name: str = "lines") -> list[dict[str, Any]]:
    """What skills take."""
    return [dict(one) for one in value(frame, name)["picked"]]


def _question(frame: Frame, known: Data | None, prefix: str) -> Question:
    open_line = _open(known)
    if open_line is not None:
        return _how_many(_by_id(frame)[open_line["line_id"]], prefix)
    usable = _usable(frame)
    buttons = tuple(
        Button(f"line:{line['line_id']}", "button.line", {"name": line["name"]})
        for line in usable[:MOST_LINES]
    )
    options = [Option(str(line["line_id"]), _words(line)) for line in usable]
    options += [
        Option(str(line["line_id"]), _words(line), is_only_named=True)
        for line in facts(frame)["lines"]
        if line["quantity"] < 1
    ]
    number = {"number": facts(frame)["number"]}
    say = Say(f"{prefix}.lines", number, (*buttons, _all(prefix), OTHER_ORDER, HUMAN))
    return Question(Kind.SEVERAL, say, tuple(options))


def _all(prefix: str) -> Button:
    return Button(ALL, "button.all_lines" if prefix == "return" else "button.all_of_them")


def _how_many(line: Data, prefix: str) -> Question:
    most: int = line["quantity"]
    buttons = tuple(
        Button(f"quantity:{n}", "button.quantity", {"count": n})
        for n in range(1, min(most, MOST_QUANTITIES) + 1)
    )
    return Question(
        Kind.QUANTITY,
        Say(f"{prefix}.quantity", {"name": line["name"], "most": most}, (*buttons, HUMAN)),
    )


def _read(
    frame: Frame, known: dict[str, Any] | None, heard: Heard, *, asked: bool
) -> dict[str, Any] | None:
    if heard.pressed is not None:
        return _pressed(frame, known, heard) if asked else None
    if asked and known is not None and _open(known) is not None:
        counted = _counted(frame, known, heard)
        if counted is not None:
            return counted
    named = _named(frame, heard, asked=asked)
    if named:
        return _with_named(known, named, heard)
    if known is not None and len(known["picked"]) == 1 and _number(heard):
        return _counted(frame, known, heard)
    if heard.is_everything and not heard.is_rest and (asked or known is None):
        return {"picked": [_whole(line) for line in _usable(frame)]}
    return None


def _pressed(frame: Frame, known: dict[str, Any] | None, heard: Heard) -> dict[str, Any] | None:
    line_id, count = pressed(heard, "line"), pressed(heard, "quantity")
    if heard.pressed == ALL:
        return {"picked": [_whole(line) for line in _usable(frame)]}
    line = next((one for one in _usable(frame) if str(one["line_id"]) == line_id), None)
    if line is not None:
        return {"picked": [_pick(line, None)]}
    is_number = count is not None and count.isascii() and count.isdecimal()
    if is_number and known is not None and _open(known) is not None:
        return _with_quantity(frame, known, int(count or 0))
    return None


def _named(frame: Frame, heard: Heard, *, asked: bool) -> list[Data]:
    """The lines that words name; where they were asked for, also by their place in the list."""
    lines = list(facts(frame)["lines"])
    if not asked and _ORDER_WITH.search(heard.text):
        return []
    if heard.choices and (asked or _THE_ONE.search(heard.text)):
        return [line for line in lines if str(line["line_id"]) in heard.choices]
    names = [names_of(line["name"]) for line in lines]
    options = [line.get("own_options") or naming.told_apart(line["options"]) for line in lines]
    places: list[int] = []
    for passage in naming.passages(heard.text, names):
        said = f"{passage.had} {passage.wanted}"
        fits = naming.fitting(said, passage.places, options)
        if len(fits) == 1 or heard.is_rest or _means_each(heard, [names[one] for one in fits]):
            places += fits
    if heard.is_rest and places:
        return [
            line for place, line in enumerate(lines) if place not in places and _is_usable(line)
        ]
    return [lines[place] for place in dict.fromkeys(places)]


def _means_each(heard: Heard, names: Sequence[Sequence[str]]) -> bool:
    """Whether words that fit several lines mean all of them: otherwise it is asked which."""
    if heard.is_everything or heard.quantity == len(names):
        return True
    lasts = {name.split()[-1].casefold() for of in names for name in of if name.isascii()}
    return any(re.search(rf"\b{re.escape(last)}e?s\b", heard.text.casefold()) for last in lasts)


def _with_named(
    known: dict[str, Any] | None, named: Sequence[Data], heard: Heard
) -> dict[str, Any] | None:
    usable = [line for line in named if _is_usable(line)]
    before = list(known["picked"]) if known is not None else []
    had = {one["line_id"]: one for one in before}
    if before and _NOT.search(heard.text) and not heard.is_rest:
        gone = {line["line_id"] for line in named}
        return {"picked": [one for one in before if one["line_id"] not in gone]}
    picked = []
    for line in usable:
        units = _units(line, heard, is_alone=len(usable) == 1)
        kept = had.get(line["line_id"])
        whole = _whole(line) if heard.is_everything or heard.is_rest else _pick(line, units)
        picked.append(kept if kept is not None and units is None else whole)
    if before and _TOO.search(heard.text):
        fresh = {one["line_id"] for one in picked}
        picked = [*(one for one in before if one["line_id"] not in fresh), *picked]
    lacking = [line["line_id"] for line in named if not _is_usable(line)]
    if not picked and not lacking:
        return None
    found: dict[str, Any] = {"picked": picked or before}
    too_many = _too_many(usable, heard) if len(usable) == 1 else None
    if lacking:
        found["refused"] = lacking
    if too_many:
        found["too_many"] = too_many
    return found


def _units(line: Data, heard: Heard, *, is_alone: bool) -> int | None:
    """How many of a line the words say."""
    own = str(line["line_id"])
    for one in heard.counted:
        names = [names_of(line["name"])]
        if own in one.choices or naming.passages(one.words, names):
            return one.number
    return heard.quantity if is_alone else None


def _too_many(usable: Sequence[Data], heard: Heard) -> int | None:
    most: int = usable[0]["quantity"]
    units = _units(usable[0], heard, is_alone=True)
    return most if units is not None and units > most else None


def _counted(frame: Frame, known: dict[str, Any], heard: Heard) -> dict[str, Any] | None:
    if heard.is_everything and _open(known) is not None:
        line = _by_id(frame)[(_open(known) or known["picked"][0])["line_id"]]
        return _with_quantity(frame, known, line["quantity"])
    number = _number(heard)
    return _with_quantity(frame, known, number) if number is not None else None


def _number(heard: Heard) -> int | None:
    found = _ONLY.search(heard.text) if heard.quantity is None else None
    if found is None:
        return heard.quantity
    said = found["number"].casefold()
    return _NUMBERS[said] if said in _NUMBERS else int(said)


def _with_quantity(frame: Frame, known: dict[str, Any], units: int) -> dict[str, Any]:
    """The open line, or the only one, with so many units; more than there are is said to be."""
    at = _open(known) or known["picked"][0]
    line = _by_id(frame)[at["line_id"]]
    if not 1 <= units <= line["quantity"]:
        return {**known, "too_many": line["quantity"]}
    picked = [
        {**one, "quantity": units} if one["line_id"] == at["line_id"] else one
        for one in known["picked"]
    ]
    return {"picked": picked}


def _pick(line: Data, units: int | None) -> dict[str, Any]:
    """Lines of which there is one are settled."""
    most = line["quantity"]
    known = 1 if most == 1 else units if units and units <= most else None
    return {"line_id": line["line_id"], "quantity": known}


def _whole(line: Data) -> dict[str, Any]:
    return {"line_id": line["line_id"], "quantity": line["quantity"]}


def _open(known: Data | None) -> Data | None:
    """The first line of which nobody knows how many."""
    picked: Sequence[Data] = known["picked"] if known is not None else ()
    return next((one for one in picked if one["quantity"] is None), None)


def _is_usable(line: Data) -> bool:
    return bool(line["quantity"] > 0)


def _usable(frame: Frame) -> list[Data]:
    return [line for line in facts(frame)["lines"] if _is_usable(line)]


def _by_id(frame: Frame) -> Mapping[int, Data]:
    return {line["line_id"]: line for line in facts(frame)["lines"]}


def _words(line: Data) -> str:
    """The names of a line in each language, the plain ones first."""
    names, options = names_of(line["name"]), names_of(line["options"])
    return NAMES.join([*names, " ".join([*names, *options])])
