"""Writing macros: everybody's by those who may, one's own by everybody who answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from cases.models import Queue, Reason
from cases.writing import doing, filling, queries
from cases.writing.models import Macro
from cases.writing.views import MacroView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.kernel.languages import Language

_LONGEST_TITLE: Final = 100
_LONGEST_BODY: Final = 5_000
_MOST_CONDITIONS: Final = 50


class CodeTaken(DomainError):
    """Another macro has that code."""

    code = "macro-code-taken"
    http_status = 409


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a macro is to say and do from now on.

    ``title`` and ``body`` by language: one language is enough, and in each both or neither.
    ``reasons`` and ``queues`` are codes; none means any.
    """

    title: Mapping[str, str]
    body: Mapping[str, str]
    actions: Sequence[Mapping[str, Any]] = ()
    reasons: Sequence[str] = ()
    queues: Sequence[str] = ()
    is_active: bool = True


def add(uow: UnitOfWork, wish: Wish, *, owner_id: int | None, code: str = "") -> MacroView:
    """Write a macro; without an owner it is everybody's.

    Raises:
        Invalid: naming what is wrong.
        CodeTaken: another one is called so.
    """
    values = _checked(uow, wish)
    made = uow.session.scalar(
        insert(Macro)
        .values(code=code or ids.readable_code(8).lower(), owner_id=owner_id, version=1, **values)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(Macro.code)
    )
    if made is None:
        raise CodeTaken("another macro has that code")
    return queries.macro(uow.session, made, staff_id=owner_id)


def change(uow: UnitOfWork, found: MacroView, wish: Wish, *, version: int) -> MacroView:
    """Write it anew; what was sent stays as it was.

    Raises:
        Invalid: naming what is wrong.
        Stale: somebody wrote it anew meanwhile.
    """
    values = _checked(uow, wish)
    changed = uow.session.scalar(
        update(Macro)
        .where(Macro.id == found.id, Macro.version == version)
        .values(version=Macro.version + 1, **values)
        .returning(Macro.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise Stale("somebody wrote this macro anew meanwhile")
    return queries.macro(uow.session, found.code, staff_id=found.owner_id)


def _checked(uow: UnitOfWork, wish: Wish) -> dict[str, Any]:
    title, body, wrong = _words(wish)
    reasons, queues = sorted(set(wish.reasons)), sorted(set(wish.queues))
    if max(len(reasons), len(queues)) > _MOST_CONDITIONS:
        raise Invalid("these are too many", {"reasons": "are too many"})
    known = set(uow.session.scalars(select(Reason.code).where(Reason.code.in_(reasons))))
    if set(reasons) - known:
        wrong["reasons"] = "has an unknown one"
    known = set(uow.session.scalars(select(Queue.code).where(Queue.code.in_(queues))))
    if set(queues) - known:
        wrong["queues"] = "has an unknown one"
    if wrong:
        raise Invalid("this macro cannot be so", wrong)
    doing.check(uow.session, wish.actions)
    return {
        "title": title,
        "body": body,
        "actions": [
            {name: one[name] for name in ("do", "value") if one.get(name)} for one in wish.actions
        ],
        "reasons": reasons,
        "queues": queues,
        "is_active": wish.is_active,
    }


def _words(wish: Wish) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Title and body in the languages that have them, and what is wrong with them."""
    title, body, wrong = {}, {}, {}
    for language in map(str, Language):
        name = wish.title.get(language, "").strip()
        text = wish.body.get(language, "").replace("\r\n", "\n").strip()
        if not name and not text:
            continue
        if not name or len(name) > _LONGEST_TITLE:
            wrong[f"title_{language}"] = "is missing or too long"
        if not text or len(text) > _LONGEST_BODY:
            wrong[f"body_{language}"] = "is missing or too long"
        try:
            filling.check(text)
        except Invalid:
            wrong[f"body_{language}"] = "has an unknown variable"
        title[language], body[language] = name, text
    if not title:
        wrong["title_ja"] = "is missing"
    return title, body, wrong
