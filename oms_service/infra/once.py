"""What one look asks twice is read once: answers kept while a page is made, and no longer.

A page is put together from pieces that do not know each other, so several ask for the same order
or for the names of all colleagues. Between ``begin`` and ``end`` a read marked ``once`` is
answered from memory when the same was asked before, by pools that only read. Whoever changes
something asks in a transaction of their own, and is always answered by the database.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextvars import ContextVar
from copy import copy
from functools import wraps
from inspect import unwrap
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.orm import Session

P = ParamSpec("P")
R = TypeVar("R")
Q = TypeVar("Q", bound=Connection | Session)

#: The option of pools whose connections never change anything.
READS_ONLY: Final = "oms_reads_only"
_KEPT: Final[ContextVar[dict[Hashable, Any] | None]] = ContextVar("kept", default=None)


def begin() -> None:
    """From now on this thread keeps what it reads."""
    _KEPT.set({})


def end() -> None:
    """Forget what was kept, and keep no more."""
    _KEPT.set(None)


def forget() -> None:
    """Something was changed meanwhile: read everything anew."""
    kept = _KEPT.get()
    if kept:
        kept.clear()


def once(read: Callable[Concatenate[Q, P], R]) -> Callable[Concatenate[Q, P], R]:
    """Mark a read whose answer, while one page is made, is the same for the same question.

    Each who asks gets a list or a dict of their own; what is in it is shared, so leave it alone.
    """

    @wraps(read)
    def ask(reader: Q, /, *given: P.args, **named: P.kwargs) -> R:
        kept = _KEPT.get()
        if kept is None or not _reads_only(reader):
            return read(reader, *given, **named)
        question = _asked(read, given, named)
        try:
            known = question in kept
        except TypeError:  # asked with what cannot be told apart from another question
            return read(reader, *given, **named)
        if not known:
            kept[question] = read(reader, *given, **named)
        answer: R = kept[question]
        return _own(answer)

    return ask


def learn(
    reader: Connection | Session,
    read: Callable[Concatenate[Q, P], R],
    answer: R,
    /,
    *given: P.args,
    **named: P.kwargs,
) -> None:
    """Let another question be answered by what was just read, asked as ``given``.

    What is found by its number is asked for by its id afterwards. ``read`` is marked ``once``.
    """
    kept = _KEPT.get()
    if kept is not None and _reads_only(reader):
        kept.setdefault(_asked(unwrap(read), given, named), answer)


def _asked(read: object, given: Iterable[object], named: Mapping[str, object]) -> Hashable:
    return (
        read,
        tuple(map(_question, given)),
        tuple((name, _question(value)) for name, value in sorted(named.items())),
    )


def _reads_only(reader: Connection | Session) -> bool:
    of = reader.bind if isinstance(reader, Session) else reader
    return of is not None and bool(of.get_execution_options().get(READS_ONLY))


def _question(value: object) -> Hashable:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, set):
        return frozenset(value)
    return value


def _own(answer: R) -> R:
    return copy(answer) if isinstance(answer, dict | list) else answer
