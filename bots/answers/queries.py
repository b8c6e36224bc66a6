"""Reading answers: what the shop wrote, and what came with the product where it wrote nothing."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from bots.answers.models import ShopAnswer
from bots.answers.standard import standard
from bots.answers.states import Topic
from bots.answers.views import AnswerView
from oms_service.kernel.errors import NotFound

Reader = Session | Connection

_COLUMNS: Final = (
    ShopAnswer.code,
    ShopAnswer.version,
    ShopAnswer.topic,
    ShopAnswer.product_id,
    ShopAnswer.questions,
    ShopAnswer.body,
    ShopAnswer.is_active,
    ShopAnswer.by,
    ShopAnswer.at,
)


def answers(
    reader: Reader, *, topics: Collection[Topic] | None = None, every: bool = False
) -> tuple[AnswerView, ...]:
    """The answers that hold, standard ones first; those that rest only with ``every``."""
    rows = reader.execute(
        select(*_COLUMNS)
        .ext(distinct_on(ShopAnswer.code))
        .order_by(ShopAnswer.code, ShopAnswer.version.desc())
    )
    written = {row.code: _view(row) for row in rows}
    held = {**standard(), **written}
    return tuple(
        one
        for one in held.values()
        if (every or one.is_active) and (topics is None or one.topic in topics)
    )


def answer(reader: Reader, code: str) -> AnswerView:
    """The version of one answer that holds.

    Raises:
        NotFound: there is none of that code.
    """
    return history(reader, code)[0]


def history(reader: Reader, code: str) -> tuple[AnswerView, ...]:
    """Every version of an answer, the one that holds first; the standard one is the oldest.

    Raises:
        NotFound: there is none of that code.
    """
    known = standard().get(code)
    written: tuple[AnswerView, ...] = ()
    if code.isprintable():
        rows = reader.execute(
            select(*_COLUMNS).where(ShopAnswer.code == code).order_by(ShopAnswer.version.desc())
        )
        written = tuple(_view(row) for row in rows)
    found = (*written, *((known,) if known else ()))
    if not found:
        raise NotFound("no such answer")
    return found


def _view(row: Row[*tuple[object, ...]]) -> AnswerView:
    return AnswerView(*row)  # type: ignore[arg-type]  # the columns stand in the order of the view
