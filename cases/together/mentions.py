"""Who is called in a note: ``@`` and a colleague's name, the name of their mail, or a role. Pure.

Who is meant while somebody still types is suggested by the same names.

What is nobody's name stays as it was written, and so does a name that two colleagues have.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oms_service.access.states import Role
from oms_service.kernel.text import folded

#: No name is longer.
LONGEST: Final = 60
#: An ``@`` inside a mail address calls nobody.
_AT: Final = re.compile(r"(?<![\w.+-])[@＠]")
_LETTER: Final = re.compile(r"[a-z0-9]")
#: What a role is called by, besides its own word.
ROLES: Final[Mapping[Role, Sequence[str]]] = {
    Role.AGENT: ("agents", "担当者"),
    Role.LEAD: ("leads", "リーダー"),
    Role.WAREHOUSE: ("倉庫",),
    Role.SHOP: ("店舗",),
    Role.OPERATIONS: ("運営",),
    Role.AUDITOR: ("監査",),
}


@dataclass(frozen=True)
class Colleague:
    """Somebody who can be called."""

    id: int
    name: str
    mail: str
    roles: frozenset[Role]
    #: The only queues they see; all where it is empty.
    queues: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Suggested:
    """What to write after the ``@``, and whom that calls: a colleague, or all of a role."""

    call: str
    whom: Colleague | Role


def called(text: str, colleagues: Sequence[Colleague]) -> tuple[int, ...]:
    """The ids of everybody whom a text calls, each once, in order."""
    names = _names(colleagues)
    found = dict.fromkeys(one for at in _AT.finditer(text) for one in _at(text, at.end(), names))
    return tuple(sorted(found))


def suggested(typed: str, colleagues: Sequence[Colleague], *, limit: int) -> list[Suggested]:
    """Whom somebody may mean who has typed so much after an ``@``, by name.

    Args:
        typed: without the ``@``; with nothing typed all fit.
        colleagues: who can be called.
        limit: at most so many; further letters find the others.

    Returns:
        colleagues by name, then roles; nothing where the only one is written whole already.
    """
    start, names = folded(typed), _names(colleagues)
    found = [
        Suggested(call, one)
        for one in sorted(colleagues, key=lambda one: one.name)
        if any(folded(part).startswith(start) for part in _of(one))
        and (call := next((part for part in _of(one) if folded(part) in names), ""))
    ]
    roles = [
        Suggested(word, role)
        for role, words in ROLES.items()
        for word in (*words, str(role))
        if folded(word).startswith(start) and any(role in one.roles for one in colleagues)
    ]
    # One word of a role is enough, and with nothing typed none: they are more than its colleagues.
    once = {one.whom: one for one in reversed(roles)} if start else {}
    all_of_them = [*found, *reversed(once.values())]
    is_written = [folded(one.call) for one in all_of_them] == [start]
    return [] if is_written else all_of_them[:limit]


def _at(text: str, start: int, names: Mapping[str, frozenset[int]]) -> frozenset[int]:
    """Whom the words after an ``@`` call: the longest name that fits."""
    words = folded(text[start : start + LONGEST])
    if text[start : start + 1].isspace():
        return frozenset()
    fits = [name for name in names if words.startswith(name) and _ends(words, name)]
    return names[max(fits, key=len)] if fits else frozenset()


def _ends(words: str, name: str) -> bool:
    """A name in Latin letters ends where its letters do; 田中さん calls 田中."""
    following = words[len(name) : len(name) + 1]
    return not (_LETTER.match(name[-1]) and _LETTER.match(following))


def _names(colleagues: Sequence[Colleague]) -> dict[str, frozenset[int]]:
    """Whom each name calls. What two are called by calls neither, unless it is a role."""
    people: dict[str, set[int]] = {}
    for one in colleagues:
        for name in _of(one):
            people.setdefault(folded(name), set()).add(one.id)
    found = {name: frozenset(ids) for name, ids in people.items() if name and len(ids) == 1}
    for role, words in ROLES.items():
        theirs = frozenset(one.id for one in colleagues if role in one.roles)
        found |= {folded(word): theirs for word in (str(role), *words)}
    return found


def _of(one: Colleague) -> Iterator[str]:
    parts = one.name.split()
    yield from (one.name, "".join(parts), one.mail.partition("@")[0])
    yield from _distinct(parts)


def _distinct(parts: Iterable[str]) -> Iterator[str]:
    """Family name and given name; an initial calls nobody."""
    yield from (part for part in parts if len(part) > 1 or not part.isascii())
