"""Counting the statements a piece of code sends, so that no list costs a query a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from oms_service.infra.db import Database


class Statements(list[str]):
    """What was sent, in order."""


@contextmanager
def counted(database: Database) -> Iterator[Statements]:
    """Every statement sent through ``database`` inside the block."""
    sent = Statements()

    def note(*given: Any) -> None:
        sent.append(given[2])

    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in database.engines:
            event.remove(engine, "before_cursor_execute", note)
