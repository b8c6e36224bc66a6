"""An address as a slot: heard in one message or part by part, and said as people write it.

A postal code of Japan brings its prefecture, city and town along; the customer sees them and adds
the rest. Until then the value has more parts than an address: ``area_of``, the code that was
looked up; ``by_code``, the city it told, and ``town``, which the street's address will begin with.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from bots.dialogue.flows.form import Learning, Slot, facts, value, with_note, with_slots
from bots.dialogue.moves import HUMAN, pressed
from bots.dialogue.turns import Button, Call, Data, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Kind

#: Longer than any part of an address may be.
_LONGEST: Final = {"line1": 160, "line2": 160, "city": 80, "region": 60, "postal_code": 12}
#: What a parcel needs besides who gets it, in the order in which people are asked.
_NEEDED: Final = {
    "JP": ("postal_code", "region", "city", "line1"),
    "US": ("line1", "city", "region", "postal_code"),
    "CA": ("line1", "city", "region", "postal_code"),
}
_ELSEWHERE: Final = ("line1", "city", "postal_code")
_SEVEN: Final = 7
#: What alone may be corrected of an address: suite, flat, room or floor.
_ROOM: Final = re.compile(
    r"\b(?:suite|apt\.?|apartment|unit|room|flat|floor)\s*#?\s*\w{1,6}|\d{1,5}号室?|\d{1,3}階",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"〒?\s?\d{3}-?\d{4}|\b\d{5}(?:-\d{4})?\b")
_JAPANESE: Final = re.compile(r"\d{3}-\d{4}")
_JAPANESE_ALONE: Final = re.compile(r"(?:郵便番号は?|〒)?\s*(\d{3})[-の]?(\d{4})(?:です)?")
#: The rest of an address whose town is known: numbers first.
_NUMBERS_FIRST: Final = re.compile(r"\d|[一二三四五六七八九十]+(?:丁目|番|号|条|線)")
_ZIP: Final = re.compile(r"\d{5}(?:-?\d{4})?")
_STATE: Final = re.compile(r"[A-Z]{2}")
_USUAL: Final = re.compile(
    r"\b(?:my|the) (?:usual|default|profile|account|home|registered|saved) (?:home )?address\b"
    r"|\baddress (?:in|on|from) my (?:profile|account)\b"
    r"|いつもの(?:お届け先|住所)|(?:登録|会員情報|アカウント)(?:済みの|している|の)?(?:住所|お届け先)|自宅",
    re.IGNORECASE,
)
USUAL: Final = Button("address:usual", "button.usual_address")
_NOTED: Final = frozenset({"area_of", "by_code", "town"})
_WORDS: Final = re.compile(r"\w{2}")


def address_slot(name: str = "address") -> Slot:
    """The slot: its value is an address in parts, which may not be whole yet."""
    return Slot(
        name,
        ask=lambda frame: _question(frame, value(frame, name)),
        read=lambda frame, heard, asked: _read(frame, value(frame, name), heard, asked=asked),
        lacks=lambda frame: bool(lacking(value(frame, name) or {})),
        learning=Learning(
            skill="postal_area",
            call=lambda frame: _wanted_area(value(frame, name) or {}),
            take=lambda frame, result: _with_area(frame, name, result),
        ),
    )


def parts(address: Data) -> dict[str, str]:
    """The address alone, without what was noted while it was asked for."""
    return {part: text for part, text in address.items() if part not in _NOTED}


def lacking(address: Mapping[str, str]) -> list[str]:
    """The parts that are still needed."""
    needed = _NEEDED.get(address.get("country") or "JP", _ELSEWHERE)
    is_western = address.get("line1", "").isascii() and not _is_japanese(address)
    if is_western and len(needed) == len(_NEEDED["US"]):
        needed = _NEEDED["US"]  # written from the street on
    return [part for part in needed if not address.get(part)]


def spoken(address: Data) -> str:
    """In one line, as it is written in its country."""
    a = {part: str(text) for part, text in address.items() if text}
    is_western = a.get("line1", "").isascii() and not _is_japanese(a)
    if a.get("country", "JP") == "JP" and not is_western:
        where = "".join(a.get(part, "") for part in ("region", "city", "town", "line1"))
        code = f"〒{a['postal_code']}" if a.get("postal_code") else ""
        return " ".join(part for part in (code, where, a.get("line2", "")) if part)
    region = " ".join(a[part] for part in ("region", "postal_code") if a.get(part))
    parts = (a.get("line1"), a.get("line2"), a.get("city"), region, a.get("country"))
    return ", ".join(part for part in parts if part)


def _is_japanese(address: Mapping[str, str]) -> bool:
    """Whether it is being written as Japan does, from the large to the small."""
    large = "".join(address.get(part, "") for part in ("region", "city", "town"))
    code = address.get("postal_code", "")
    is_code_alone = not (address.get("line1") or large) and bool(_JAPANESE.fullmatch(code))
    return is_code_alone or not large.isascii()


def _question(frame: Frame, known: Mapping[str, str] | None) -> Question:
    missing = lacking(known) if known else []
    if missing:
        part = missing[0]
        if part == "line1" and known and known.get("by_code"):
            part = "rest" if known.get("town") else "rest_with_town"
        say = Say(f"address.ask_{part}", {"so_far": spoken(known or {})}, (HUMAN,))
        return Question(Kind.ADDRESS, say)
    usual = (USUAL,) if facts(frame).get("usual") else ()
    return Question(Kind.ADDRESS, Say("address.ask", buttons=(*usual, HUMAN)))


def _read(
    frame: Frame, known: dict[str, str] | None, heard: Heard, *, asked: bool
) -> dict[str, str] | None:
    usual = facts(frame).get("usual")
    if usual and (pressed(heard, "address") == "usual" or _USUAL.search(heard.text)):
        return {part: text for part, text in usual.items() if part != "recipient"}
    if heard.pressed is not None:
        return None
    said = _below_the_city(known, _said(heard))
    if said.get("line1"):
        kept = _kept(known, said, corrects=heard.act is Act.NO)
        return _in_its_country(frame, _joined({**kept, **said}))
    if known and said and (asked or len(said) > 1 or "line2" in said):
        return _in_its_country(frame, _joined({**known, **said}))
    if known and not lacking(known) and (room := _ROOM.search(heard.text)):
        return {**known, "line2": _with_room(known.get("line2", ""), room[0])}
    found = _one_part(frame, known, heard) if asked else None
    return _joined(found) if found is not None else None


def _wanted_area(address: Mapping[str, str]) -> Call | None:
    """Look a code of Japan up, once, where it can tell what nobody said."""
    code = address.get("postal_code", "")
    is_told = bool(address.get("region") and address.get("city"))
    if is_told or address.get("area_of") == code or not _JAPANESE.fullmatch(code):
        return None
    return Call("postal_area", {"postal_code": code})


def _with_area(frame: Frame, name: str, result: Result) -> Frame:
    """What the code says, where the customer said nothing else."""
    known: Mapping[str, str] = value(frame, name) or {}
    code = known.get("postal_code", "")
    if result.outcome != "ok":
        unknown = {**known, "area_of": code}
        return with_note(with_slots(frame, **{name: unknown}), "address.no_such_code", code=code)
    of_code = {part: result.data[part] for part in ("region", "city", "town") if result.data[part]}
    said = {part: text for part, text in known.items() if text}
    if not said.get("region") and said.get("city", "") in of_code.get("town", " "):
        said = _with_city_in_line(said)
    if any(said.get(part, of_code.get(part)) != of_code.get(part) for part in ("region", "city")):
        of_code = {}
    found = {**of_code, **said, "area_of": code, "by_code": of_code.get("city", "")}
    return with_slots(frame, **{name: _joined(found)})


def _joined(address: dict[str, str]) -> dict[str, str]:
    """Once there is a street's address, the town is part of it."""
    line1, town = address.get("line1", ""), address.get("town", "")
    if not line1:
        return address
    is_rest = _NUMBERS_FIRST.match(line1) or not any(sign.isdigit() for sign in line1)
    begins = town if is_rest and not line1.startswith(town) else ""
    kept = {part: text for part, text in address.items() if part != "town"}
    return {**kept, "line1": begins + line1}


def _below_the_city(known: Mapping[str, str] | None, said: dict[str, str]) -> dict[str, str]:
    """Where the city is known already, what sounds like a town is one: ``前ケ須町1-2``."""
    city = said.get("city", "")
    is_known = bool(known and known.get("city")) and not (known or {}).get("line1")
    if not is_known or said.get("region") or not city.endswith(("町", "村")):
        return said
    return _with_city_in_line(said)


def _with_city_in_line(address: Mapping[str, str]) -> dict[str, str]:
    line1 = address.get("city", "") + address.get("line1", "")
    return {**{part: text for part, text in address.items() if part != "city"}, "line1": line1}


def _with_room(before: str, room: str) -> str:
    """Another room of the same building."""
    kept = _ROOM.sub("", before).strip(" ,") if not before.isascii() else ""
    return f"{re.sub(r'[0-9]+$', '', kept)}{room}" if kept else room


def _said(heard: Heard) -> dict[str, str]:
    """The parts in the words, under the names that the shop has for them."""
    one = heard.address
    if one is None:
        return {}
    parts = {
        "postal_code": _code(one.postal),
        "region": one.region,
        "city": one.city,
        "line1": one.line1,
        "line2": one.line2,
        "country": one.country,
    }
    return {name: text[: _LONGEST.get(name, 2)] for name, text in parts.items() if text}


def _kept(
    known: Mapping[str, str] | None, said: Mapping[str, str], *, corrects: bool
) -> dict[str, str]:
    """Of an address that is not whole yet all stays; a whole one gives way to a new street.

    ``no, 14 Oak Avenue`` corrects the street of a whole one alone.
    """
    if not known:
        return {}
    is_there = all(
        said.get(part, known.get(part)) == known.get(part) for part in ("region", "city")
    )
    if not lacking(known) and not (corrects and is_there):
        return {}
    kept = {part: text for part, text in known.items() if part not in said}
    if not is_there:
        kept = {part: text for part, text in kept.items() if part not in _NOTED}
        if known.get("area_of"):  # the code led elsewhere
            kept.pop("postal_code", None)
    return kept


def _one_part(frame: Frame, known: dict[str, str] | None, heard: Heard) -> dict[str, str] | None:
    """Plain words as the part that was asked for, unless they are plainly something else."""
    text = heard.text.strip(" ,.、。")
    if heard.act is not None and heard.is_act_all:
        return None
    missing = lacking(known) if known else ["line1"]
    part = missing[0] if missing else ""
    alone = _JAPANESE_ALONE.fullmatch(text)
    if alone and not (known or {}).get("postal_code") and _was_in_japan(frame):
        return _in_its_country(frame, {**(known or {}), "postal_code": f"{alone[1]}-{alone[2]}"})
    if part == "postal_code":
        return (
            _in_its_country(frame, {**(known or {}), part: _code(heard.postal)})
            if heard.postal
            else None
        )
    is_order = any(not key.isdecimal() for key in heard.order_keys)
    if not part or heard.intent is not None or is_order:
        return None
    has_number = any(sign.isdigit() for sign in text)
    if not _WORDS.search(text) or len(text) > _LONGEST[part] or (not known and not has_number):
        return None
    code = {"postal_code": _code(heard.postal)} if heard.postal and not known else {}
    rest = _CODE.sub("", text, count=1).strip(" ,.、。") if code else text
    return _in_its_country(frame, {**(known or {}), **code, part: rest})


def _was_in_japan(frame: Frame) -> bool:
    return _country_before(frame) == "JP"


def _country_before(frame: Frame) -> str:
    before: Any = facts(frame).get("address") or facts(frame).get("usual") or {}
    return str(before.get("country") or "JP")


def _in_its_country(frame: Frame, address: dict[str, str]) -> dict[str, str]:
    """Where no country was said it is the one that the parcel would have gone to before."""
    was = _country_before(frame)
    code, region = address.get("postal_code", ""), address.get("region", "")
    country = address.get("country") or was
    if was == country == "JP" and (_ZIP.fullmatch(code) or _STATE.fullmatch(region)):
        country = "US"
    return {**address, "country": country}


def _code(postal: str) -> str:
    """Seven digits with the hyphen that people write: ``160-0022``."""
    is_japanese = len(postal) == _SEVEN and postal.isdecimal()
    return f"{postal[:3]}-{postal[3:]}" if is_japanese else postal
