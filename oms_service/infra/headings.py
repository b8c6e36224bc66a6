"""Under which heading a row counts, in statements that one package writes and another reads."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Subquery, literal

#: What a row is called by the moment at which it happened; None where that says nothing.
Called = Callable[[Any], ColumnElement[str] | None]


def heading(at: Any, of: Subquery | None, called: Called | None) -> ColumnElement[str]:
    """By its moment, else as the column ``key`` of ``of`` says; "" where nobody says anything."""
    by_moment = None if called is None else called(at)
    if by_moment is not None:
        return by_moment
    return literal("") if of is None else of.c.key
