"""The look that holds, as a process knows it: asked of the database once in some seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from oms_service.appearance import colours, queries
from oms_service.appearance.queries import LookView
from oms_service.infra.db import Database
from oms_service.kernel.languages import Language, Words

log = structlog.get_logger(__name__)

#: How old the look may be that a page has.
KEPT_S: Final = 5.0


@dataclass(frozen=True)
class Head:
    """What stands above a letter: the shop's name, and its colour as ``#`` and six digits."""

    name: str
    colour: str


class Current:
    """The look of one process. Without the database it stays as it was known last."""

    def __init__(
        self,
        database: Database,
        name: str,
        *,
        kept_s: float = KEPT_S,
        time: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._name = name
        self._kept_s = kept_s
        self._time = time
        self._until = float("-inf")
        self._known = LookView()
        self._lock = Lock()

    def look(self) -> LookView:
        """The look, at most some seconds old; two that ask at once may both look."""
        if self._until <= self._time():
            try:
                with self._database.reading() as connection:
                    found = queries.current(connection)
            except SQLAlchemyError as error:
                log.warning("look.unknown", cause=type(error).__name__)
                found = self._known
            with self._lock:
                self._known, self._until = found, self._time() + self._kept_s
        return self._known

    def known(self) -> LookView:
        """The look as it was known last, without asking anybody."""
        return self._known

    def forget(self) -> None:
        """It was changed here: the next page asks anew."""
        self._until = float("-inf")

    def name(self, language: Language) -> str:
        """The shop's name, as chosen or as the settings have it."""
        return self.look().name(language) or self._name

    def names(self) -> Words:
        """The shop's name per language."""
        return {str(language): self.name(language) for language in Language}

    def default_name(self) -> str:
        """The name that the settings have."""
        return self._name

    def head(self, language: Language) -> Head:
        """What stands above a letter."""
        return Head(self.name(language), self.look().accent or colours.DEFAULT)
