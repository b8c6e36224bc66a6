"""Domain events: frozen facts in the past tense, with a wire name, a version and an aggregate."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

E = TypeVar("E", bound="Event")
_BY_NAME: dict[str, "type[Event]"] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact: ids, amounts, ISO times; never a name, an address or a text somebody wrote."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    of: ClassVar[str]

    @property
    def aggregate(self) -> str:
        """The thing whose events stay in order, ``order:12``."""
        return f"{self.of}:{getattr(self, f'{self.of}_id')}"

    def payload(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def event(name: str, *, of: str, version: int = 1) -> Callable[[type[E]], type[E]]:
    """Give an event class its wire name and its aggregate; the class has a field ``<of>_id``.

    The name is public: renaming it, or changing what it means, is a breaking change.
    """

    def decorate(cls: type[E]) -> type[E]:
        if name in _BY_NAME:
            raise ValueError(f"two events named {name!r}")
        cls.name, cls.version, cls.of = name, version, of
        _BY_NAME[name] = cls
        return cls

    return decorate


def decode(name: str, payload: Mapping[str, Any]) -> Event:
    """The event that ``payload`` wrote.

    Raises:
        KeyError: no event of that name is known to this release.
        TypeError: the payload does not fit the event's fields.
    """
    return _BY_NAME[name](**payload)


def known() -> Mapping[str, type[Event]]:
    """Every event class by its wire name."""
    return dict(_BY_NAME)
