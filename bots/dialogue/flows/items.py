"""Items and the versions wanted in their place, as a slot: several in one message or one by one.

The value is ``{"swaps": [...], "open": [...], "is_all": bool}``: what is settled, the lines of
which nobody knows yet what they become (``line_id``, ``fits``: the versions it could be), and
whether the customer wants no more; ``among`` are lines of one name of which one is meant. A swap
is ``{"line_id", "quantity", "variant_id"}``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bots.dialogue.flows import naming
from bots.dialogue.flows.agreeing import is_no
from bots.dialogue.flows.choosing import names_of
from bots.dialogue.flows.form import Remembering, Slot, facts, value, with_note, with_slots
from bots.dialogue.moves import HUMAN, pressed
from bots.dialogue.turns import Button, Data, Frame, Question, Say
from bots.understanding.heard import NAMES, Act, Heard, Kind, Option

#: As many as fit on one screen; others can be named all the same.
MOST_LINES: Final = 8
MOST_VERSIONS: Final = 6
_NOTHING: Final[Data] = {"swaps": [], "open": [], "is_all": False}
#: Said where more could be named: that was all.
_ENOUGH: Final = re.compile(
    r"^(?:no\W+)?(?:just|only) (?:that|this|those|these|the one)(?: one)?\W*$|それだけ|これだけ",
    re.IGNORECASE,
)
ENOUGH: Final = Button("items:all", "button.items_all")


def items_slot(prefix: str, *, name: str = "items") -> Slot:
    """The slot, asked with the texts ``PREFIX.which``, ``.version`` and ``.more``.

    The facts have ``lines`` as ``contracts.changing.SwappableData``; where they say ``is_once``,
    the customer is asked whether that was all before anything is proposed.
    """
    return Slot(
        name,
        ask=lambda frame: _question(frame, value(frame, name), prefix),
        read=lambda frame, heard, asked: _read(frame, value(frame, name), heard, asked=asked),
        lacks=lambda frame: _what_lacks(frame, value(frame, name)) != "",
        remembering=Remembering(
            lines=lambda frame: [
                one["line_id"] for part in ("swaps", "open") for one in value(frame, name)[part]
            ],
            recall=_recalled,
        ),
    )


def _recalled(frame: Frame, line_id: int) -> dict[str, Any] | None:
    line = next((one for one in _left(frame, None) if one["line_id"] == line_id), None)
    return _opened(_NOTHING, line, []) if line is not None else None


def without_unavailable(frame: Frame, prefix: str, *, name: str = "items") -> Frame:
    """For ``Form.settle``: versions that are out of stock are said to be, and asked anew.

    Where there is but one item, it is the one that is meant.
    """
    known = value(frame, name)
    if known is None:
        only = _left(frame, None)
        if len(only) != 1:
            return frame
        return with_slots(frame, **{name: _opened(_NOTHING, only[0], [])})
    lines = _by_id(frame)
    for swap in known["swaps"]:
        line = lines[swap["line_id"]]
        version = _version(line, swap["variant_id"])
        why = "" if version["is_available"] else "sold_out"
        if swap["variant_id"] == line["variant_id"]:
            why = "same"
        if why:
            frame = with_note(frame, f"{prefix}.{why}", name=line["name"], words=version["words"])
            known = _opened(known, line, [])
    return with_slots(frame, **{name: known})


def _question(frame: Frame, known: Data | None, prefix: str) -> Question:
    match _what_lacks(frame, known):
        case "version" if known is not None:
            return _which_version(frame, known["open"][0], prefix)
        case "more" if known is not None:
            return _more(frame, known, prefix)
    return _which_line(frame, known, prefix)


def _which_line(frame: Frame, known: Data | None, prefix: str) -> Question:
    among = (known or {}).get("among", [])
    lines = _left(frame, known)
    lines = [one for one in lines if one["line_id"] in among] or lines
    buttons = tuple(
        Button(f"line:{one['line_id']}", "button.item", _shown(one)) for one in lines[:MOST_LINES]
    )
    options = tuple(Option(str(one["line_id"]), _words(one)) for one in lines)
    say = Say(f"{prefix}.which", {"number": facts(frame)["number"]}, (*buttons, HUMAN))
    return Question(Kind.OPTION, say, options)


def _which_version(frame: Frame, open_line: Data, prefix: str) -> Question:
    line = _by_id(frame)[open_line["line_id"]]
    versions = _choosable(line, open_line["fits"])
    buttons = tuple(
        Button(
            f"version:{one['variant_id']}",
            "button.version",
            {"words": one["words"], "price": one["price"]},
        )
        for one in versions[:MOST_VERSIONS]
    )
    options = tuple(
        Option(str(one["variant_id"]), NAMES.join(names_of(one["words"]))) for one in versions
    )
    say = Say(f"{prefix}.version", _shown(line), (*buttons, HUMAN))
    return Question(Kind.OPTION, say, options)


def _more(frame: Frame, known: Data, prefix: str) -> Question:
    lines = _left(frame, known)
    buttons = tuple(
        Button(f"line:{one['line_id']}", "button.item", _shown(one)) for one in lines[:MOST_LINES]
    )
    options = tuple(Option(str(one["line_id"]), _words(one)) for one in lines)
    say = Say(f"{prefix}.more", {"count": len(known["swaps"])}, (ENOUGH, *buttons, HUMAN))
    return Question(Kind.OPTION, say, options)


def _what_lacks(frame: Frame, known: Data | None) -> str:
    """``line``, ``version`` or ``more``; nothing when it is whole."""
    if known is None:
        return "line"
    if known["open"]:
        return "version"
    if not known["swaps"] or known.get("wants_more"):
        return "line"
    is_asked = facts(frame).get("is_once") and not known["is_all"]
    return "more" if is_asked and _left(frame, known) else ""


def _read(
    frame: Frame, known: dict[str, Any] | None, heard: Heard, *, asked: bool
) -> dict[str, Any] | None:
    now: dict[str, Any] = dict(known or _NOTHING)
    if heard.pressed is not None:
        return _pressed(frame, now, heard)
    lacks = _what_lacks(frame, known) if asked else ""
    named = naming.passages(heard.text, [_names(one) for one in facts(frame)["lines"]])
    if lacks == "version":
        line = _by_id(frame)[now["open"][0]["line_id"]]
        if not _names_another(frame, named, line):
            return _with_version(now, line, heard)
    found = _with_passages(frame, now, named, heard)
    if found is not None:
        return found
    if lacks == "line":
        alike = _alike(frame, now, named, heard)
        if alike is not None:
            return alike
    if asked:
        return _short_answer(frame, now, heard, lacks)
    return _corrected(frame, now, heard)


def _pressed(frame: Frame, now: dict[str, Any], heard: Heard) -> dict[str, Any] | None:
    line_id, variant_id = pressed(heard, "line"), pressed(heard, "version")
    lines = {str(one): line for one, line in _by_id(frame).items()}
    if heard.pressed == ENOUGH.value and now["swaps"]:
        return {**now, "is_all": True, "open": []}
    if line_id in lines:
        return _opened(now, lines[line_id], [])
    if variant_id is not None and now["open"]:
        line = _by_id(frame)[now["open"][0]["line_id"]]
        if variant_id in {str(one["variant_id"]) for one in line["variants"]}:
            return _swapped(now, line, int(variant_id), None)
    return None


def _with_passages(
    frame: Frame, now: dict[str, Any], named: Sequence[naming.Passage], heard: Heard
) -> dict[str, Any] | None:
    """Each thing the words mention, with the version they want of it if they say so."""
    lines = list(facts(frame)["lines"])
    options = [one["own_options"] for one in lines]
    found: dict[str, Any] | None = None
    for passage in named:
        places = naming.fitting(passage.had, passage.places, options)
        if len(places) > 1:
            continue
        line = lines[places[0]]
        match = _match(passage.wanted, line)
        if not match.is_said and _is_settled(now, line):
            continue
        quantity = _units(line, heard, is_alone=len(named) == 1)
        found = _by_match(found or now, line, match, quantity)
    return found


def _alike(
    frame: Frame, now: dict[str, Any], named: Sequence[naming.Passage], heard: Heard
) -> dict[str, Any] | None:
    """Of several things with one name the one whose options are said; else they are asked of."""
    lines = list(facts(frame)["lines"])
    places = named[0].places if len(named) == 1 else ()
    if not named:
        among = now.get("among", [])
        places = tuple(n for n, one in enumerate(lines) if one["line_id"] in among)
    if not places:
        return None
    fits = naming.fitting(heard.text, places, [one["own_options"] for one in lines])
    if len(fits) == 1:
        return _opened(now, lines[fits[0]], [])
    return {**now, "among": [lines[place]["line_id"] for place in fits]} if named else None


def _units(line: Data, heard: Heard, *, is_alone: bool) -> int | None:
    """How many of a line the words say: by its name, or of the only one that they name."""
    for one in heard.counted:
        if naming.passages(one.words, [_names(line)]):
            return one.number
    return heard.quantity if is_alone else None


def _is_settled(now: Data, line: Data) -> bool:
    """What is settled and only mentioned once more is not opened anew."""
    return line["line_id"] in {swap["line_id"] for swap in now["swaps"]}


def _names_another(frame: Frame, named: Sequence[naming.Passage], line: Data) -> bool:
    lines = list(facts(frame)["lines"])
    return any(
        all(lines[place]["line_id"] != line["line_id"] for place in one.places) for one in named
    )


def _with_version(now: dict[str, Any], line: Data, heard: Heard) -> dict[str, Any] | None:
    """The version that was asked for: by its options, or by its place in the list."""
    match = _match(heard.text, line)
    if match.is_said:
        return _by_match(now, line, match, heard.quantity)
    chosen = next(iter(heard.choices), None)
    if chosen in {str(one["variant_id"]) for one in line["variants"]}:
        return _swapped(now, line, int(chosen or 0), heard.quantity)
    return None


def _short_answer(
    frame: Frame, now: dict[str, Any], heard: Heard, lacks: str
) -> dict[str, Any] | None:
    if lacks == "more":
        enough = _ENOUGH.search(heard.text)
        if is_no(heard) or enough or heard.act in {Act.GOODBYE, Act.THANKS}:
            return {**now, "is_all": True}
        if heard.act is Act.YES and heard.is_act_all:
            return {**now, "wants_more": True}
    chosen = next(iter(heard.choices), None)
    line = next((one for one in _left(frame, now) if str(one["line_id"]) == chosen), None)
    return _opened(now, line, []) if line is not None else None


def _corrected(frame: Frame, now: dict[str, Any], heard: Heard) -> dict[str, Any] | None:
    """Other options for the one thing that is to change: ``no, the red one``."""
    if len(now["swaps"]) != 1:
        lines = list(facts(frame)["lines"])
        if now["swaps"] or len(lines) != 1:
            return None
        match = _match(heard.text, lines[0])
        return _by_match(now, lines[0], match, heard.quantity) if match.is_said else None
    swap = now["swaps"][0]
    line = _by_id(frame)[swap["line_id"]]
    wanted = _version(line, swap["variant_id"])
    match = naming.matching(heard.text, wanted["options"], _spoken(line))
    if match.is_said and match.is_clear:
        chosen = line["variants"][match.places[0]]["variant_id"]
        return _swapped(now, line, chosen, heard.quantity or swap["quantity"])
    if heard.quantity and heard.quantity <= line["quantity"]:
        return _swapped(now, line, swap["variant_id"], heard.quantity)
    return None


def _match(wanted: str, line: Data) -> naming.Match:
    return naming.matching(wanted, line["own_options"], _spoken(line))


def _spoken(line: Data) -> list[dict[str, Any]]:
    """The versions with the shop's words beside them; what there is now is none of them."""
    return [{**one, "option_words": line["option_words"]} for one in line["variants"]]


def _by_match(
    now: dict[str, Any], line: Data, match: naming.Match, quantity: int | None
) -> dict[str, Any]:
    versions = line["variants"]
    if match.is_clear:
        return _swapped(now, line, versions[match.places[0]]["variant_id"], quantity)
    fits = [versions[place]["variant_id"] for place in match.places] if match.is_said else []
    return _opened(now, line, fits)


def _swapped(
    now: dict[str, Any], line: Data, variant_id: int, quantity: int | None
) -> dict[str, Any]:
    units = quantity if quantity and 1 <= quantity <= line["quantity"] else line["quantity"]
    swap = {"line_id": line["line_id"], "quantity": units, "variant_id": variant_id}
    others = _but(now, line)
    return {**others, "swaps": [*others["swaps"], swap], "wants_more": False}


def _opened(now: Data, line: Data, fits: Sequence[int]) -> dict[str, Any]:
    others = _but(now, line)
    open_line = {"line_id": line["line_id"], "fits": list(fits)}
    return {**others, "open": [*others["open"], open_line], "among": [], "wants_more": False}


def _but(now: Data, line: Data) -> dict[str, Any]:
    """All but what is known of one line."""
    return {
        **now,
        "swaps": [one for one in now["swaps"] if one["line_id"] != line["line_id"]],
        "open": [one for one in now["open"] if one["line_id"] != line["line_id"]],
    }


def _left(frame: Frame, known: Data | None) -> list[Data]:
    """Lines that nothing is known of yet."""
    taken = {one["line_id"] for one in (known or {}).get("swaps", [])}
    return [
        one
        for one in facts(frame)["lines"]
        if one["line_id"] not in taken and one["quantity"] > 0 and one["variants"]
    ]


def _choosable(line: Data, fits: Sequence[int]) -> list[Data]:
    """The versions there are, those that fit first; the one there is now is no choice."""
    there = [
        one
        for one in line["variants"]
        if one["is_available"] and one["variant_id"] != line["variant_id"]
    ]
    fitting = [one for one in there if one["variant_id"] in fits]
    return fitting or there


def _version(line: Data, variant_id: int) -> Data:
    found: Data = next(one for one in line["variants"] if one["variant_id"] == variant_id)
    return found


def _by_id(frame: Frame) -> Mapping[int, Data]:
    return {one["line_id"]: one for one in facts(frame)["lines"]}


def _names(line: Data) -> list[str]:
    return names_of(line["name"])


def _words(line: Data) -> str:
    names, options = names_of(line["name"]), names_of(line["options"])
    return NAMES.join([*names, " ".join([*names, *options])])


def _shown(line: Data) -> dict[str, Any]:
    return {"name": line["name"], "options": line["options"]}
