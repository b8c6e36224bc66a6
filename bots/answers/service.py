"""Writing the shop's own answers. Each writing is a version, and each can be taken back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from bots.answers import queries, variables
from bots.answers.models import ShopAnswer
from bots.answers.standard import standard
from bots.answers.states import Topic
from bots.answers.views import AnswerView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.kernel.languages import Language

LONGEST_BODY: Final = 3_000
LONGEST_QUESTION: Final = 200
MOST_QUESTIONS: Final = 50
#: More answers than anybody keeps true.
MOST_ANSWERS: Final = 1_000
#: Beyond this a history is a mistake of a program.
MOST_VERSIONS: Final = 10_000
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")


class CodeTaken(DomainError):
    """Another answer has that code."""

    code: ClassVar[str] = "answer-code-taken"
    http_status: ClassVar[int] = 409


class NothingToUndo(DomainError):
    """The answer has no version before the one that holds."""

    code: ClassVar[str] = "nothing-to-undo"
    http_status: ClassVar[int] = 409


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an answer is to be from now on.

    ``questions`` and ``body`` by language: one language is enough, and in each both or neither.
    Only answers about products belong to one product.
    """

    topic: Topic
    questions: Mapping[str, Sequence[str]]
    body: Mapping[str, str]
    product_id: int | None = None
    is_active: bool = True


def add(uow: UnitOfWork, wish: Wish, *, code: str = "") -> AnswerView:
    """Write a new answer.

    Raises:
        Invalid: naming what is wrong.
        CodeTaken: another one is called so.
    """
    checked = _checked(wish)
    if code and not _CODE.fullmatch(code):
        raise Invalid("this code cannot be", {"code": "must be small letters, digits and _"})
    known = uow.session.scalar(select(func.count(ShopAnswer.code.distinct()))) or 0
    if known >= MOST_ANSWERS:
        raise Invalid("these are too many answers", {"code": "there are too many already"})
    code = code or f"a{ids.readable_code(8).lower()}"
    if code in standard() or not _insert(uow, code, 1, checked):
        raise CodeTaken("another answer has that code")
    return queries.answer(uow.session, code)


def change(uow: UnitOfWork, code: str, wish: Wish, *, version: int) -> AnswerView:
    """Write an answer anew; what it was stays in its history. The same again changes nothing.

    Raises:
        NotFound: there is none of that code.
        Invalid: naming what is wrong.
        Stale: somebody wrote it anew meanwhile.
    """
    checked = _checked(wish)
    now = queries.answer(uow.session, code)
    if version != now.version:
        raise Stale("somebody wrote this answer anew meanwhile")
    if _says(now) == checked:
        return now
    return _next(uow, now, checked)


def undo(uow: UnitOfWork, code: str, *, version: int) -> AnswerView:
    """Let the version before hold again, as a new version: nothing is lost, and undoing is undone.

    Raises:
        NotFound: there is none of that code.
        NothingToUndo: it was never another.
        Stale: somebody wrote it anew meanwhile.
    """
    versions = queries.history(uow.session, code)
    now = versions[0]
    if version != now.version:
        raise Stale("somebody wrote this answer anew meanwhile")
    if len(versions) == 1:
        raise NothingToUndo("this answer was never another")
    return _next(uow, now, _says(versions[1]))


def _next(uow: UnitOfWork, now: AnswerView, wish: Wish) -> AnswerView:
    if now.version >= MOST_VERSIONS:
        raise Invalid("too many versions", {"code": "has too many versions"})
    if not _insert(uow, now.code, now.version + 1, wish):
        raise Stale("somebody wrote this answer anew meanwhile")
    return queries.answer(uow.session, now.code)


def _insert(uow: UnitOfWork, code: str, version: int, wish: Wish) -> bool:
    """Whether it is ours now: of two who write the same version, the unique key lets one."""
    made = uow.session.scalar(
        insert(ShopAnswer)
        .values(
            code=code,
            version=version,
            topic=wish.topic,
            product_id=wish.product_id,
            questions={language: list(said) for language, said in wish.questions.items()},
            body=dict(wish.body),
            is_active=wish.is_active,
            by=uow.actor.ref,
            at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["code", "version"])
        .returning(ShopAnswer.id)
    )
    return made is not None


def _says(view: AnswerView) -> Wish:
    return Wish(
        topic=view.topic,
        questions={language: tuple(said) for language, said in view.questions.items()},
        body=dict(view.body),
        product_id=view.product_id,
        is_active=view.is_active,
    )


def _checked(wish: Wish) -> Wish:
    questions: dict[str, Sequence[str]] = {}
    body: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for language in map(str, Language):
        said = tuple(
            dict.fromkeys(one for q in wish.questions.get(language, ()) if (one := q.strip()))
        )
        text = wish.body.get(language, "").replace("\r\n", "\n").strip()
        if not said and not text:
            continue
        wrong |= _wrong(language, said, text)
        questions[language], body[language] = said, text
    if not body:
        wrong["body_ja"] = "is missing"
    if wish.product_id is not None and wish.topic is not Topic.PRODUCTS:
        wrong["product"] = "is only for answers about products"
    if wrong:
        raise Invalid("this answer cannot be so", wrong)
    return replace(wish, questions=questions, body=body)


def _wrong(language: str, questions: Sequence[str], text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if not questions:
        found[f"questions_{language}"] = "is missing"
    elif len(questions) > MOST_QUESTIONS or max(map(len, questions)) > LONGEST_QUESTION:
        found[f"questions_{language}"] = "are too many or too long"
    if not text:
        found[f"body_{language}"] = "is missing"
    elif len(text) > LONGEST_BODY:
        found[f"body_{language}"] = "is too long"
    elif names := variables.unknown(text):
        found[f"body_{language}"] = f"has an unknown variable: {names[0]}"
    if "\0" in text or any("\0" in one for one in questions):
        found[f"body_{language}"] = "has signs that cannot be stored"
    return found
