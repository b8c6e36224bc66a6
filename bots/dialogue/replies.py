"""Texts by key and language, with their parameters said as a person would say them."""

import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol

from bots.dialogue.turns import Button, Data, Say
from oms_service.kernel.languages import Language
from oms_service.kernel.languages import say as in_language


class Formats(Protocol):
    """How money and times are said here and now; the caller knows the clock and the zone."""

    def money(self, value: Data, language: Language) -> str:
        """``{"minor": 1980, "currency": "JPY"}`` is ``1,980円``."""
        ...

    def moment(self, value: str, language: Language) -> str: ...

    def window(self, value: Data, language: Language) -> str:
        """``{"start": ..., "end": ...}``, both dates or both moments."""
        ...

    def day(self, value: str, language: Language) -> str: ...


@dataclass(frozen=True)
class Choice:
    """A button as it is shown."""

    value: str
    label: str


@dataclass(frozen=True)
class Message:
    """One message: paragraphs in order, and the buttons below them."""

    paragraphs: tuple[str, ...]
    choices: tuple[Choice, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def compose(says: Sequence[Say], language: Language, formats: Formats) -> Message:
    """Everything said in one turn as one message; the last buttons are the ones that count."""
    buttons = next((say.buttons for say in reversed(says) if say.buttons), ())
    return Message(
        tuple(render(say, language, formats) for say in says),
        tuple(Choice(button.value, label(button, language, formats)) for button in buttons),
    )


def render(say: Say, language: Language, formats: Formats) -> str:
    return _filled(say.key, say.params, language, formats)


def held(says: Sequence[Say], language: Language, formats: Formats) -> tuple[str, tuple[str, ...]]:
    """The text of ``compose`` with ``[[1]]``, ``[[2]]``, ... for its values, and these values."""
    filling = _Holding(language, formats)
    known = texts(language)
    lines = [filling.vformat(known[say.key], (), say.params) for say in says]
    return "\n".join(lines), tuple(filling.values)


def label(button: Button, language: Language, formats: Formats) -> str:
    return _filled(button.key, button.params, language, formats)


@cache
def texts(language: Language) -> Mapping[str, str]:
    """Every text of a language by its dotted key, read once."""
    source = resources.files("bots.dialogue").joinpath("lexicons", f"replies.{language}.toml")
    return dict(_flat(tomllib.loads(source.read_text(encoding="utf-8")), ""))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, str):
            found.append((prefix + key, value.strip()))
        else:
            found += _flat(value, f"{prefix}{key}.")
    return found


def _filled(key: str, params: Data, language: Language, formats: Formats) -> str:
    return _Filling(language, formats).vformat(texts(language)[key], (), params)


class _Filling(string.Formatter):
    """``{refund:money}``: what stands after the colon says what kind of value it is."""

    def __init__(self, language: Language, formats: Formats) -> None:
        super().__init__()
        self._language = language
        self._formats = formats

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "money" | "moment" | "window" | "day":
                said: str = getattr(self._formats, format_spec)(value, self._language)
                return said
            case "refusal":
                return self._refusal(value)
            case "tracking":
                return grouped(str(value))
            case "":
                return self._text(value)
        return self._one_of(format_spec, value)

    def _one_of(self, table: str, value: Any) -> str:
        """The text ``table.value``, or what the table says for things it does not know."""
        known = texts(self._language)
        return self.vformat(known.get(f"{table}.{value}") or known[f"{table}.unknown"], (), {})

    def _refusal(self, value: Data) -> str:
        if value.get("text"):
            return self._text(value["text"])
        known = texts(self._language)
        code = value.get("code")
        template = known.get(f"refusals.{code}") or known["refusals.unknown"]
        needs = {name for _, name, _, _ in self.parse(template) if name}
        if needs - set(value):
            template = known.get(f"refusals.{code}_plain") or known["refusals.unknown"]
        return self.vformat(template, (), value)

    def _text(self, value: Any) -> str:
        return in_language(value, self._language) if isinstance(value, Mapping) else str(value)


class _Holding(string.Formatter):
    """Keeps what a text is filled with, and leaves the number of its place instead."""

    def __init__(self, language: Language, formats: Formats) -> None:
        super().__init__()
        self._filling = _Filling(language, formats)
        self.values: list[str] = []

    def format_field(self, value: Any, format_spec: str) -> str:
        self.values.append(self._filling.format_field(value, format_spec))
        return f"[[{len(self.values)}]]"


def grouped(number: str) -> str:
    """Twelve digits as carriers print them: ``1234-5678-9012``; anything else as it is."""
    if len(number) == 12 and number.isdecimal():  # noqa: PLR2004 - the length carriers in Japan use
        return f"{number[:4]}-{number[4:8]}-{number[8:]}"
    return number
