"""What states of cases are called on pages and in answers: the shop's words, else the house's."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, g

from cases.states import CaseState
from cases.taxonomy import queries
from cases.taxonomy.queries import Reader
from cases.taxonomy.views import StatusView
from cases.words import PUBLIC_STATES, STATES
from oms_service.kernel.languages import say
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext


@dataclass(frozen=True)
class Labels:
    """The words of every state, in the language of the page."""

    statuses: Mapping[str, StatusView]

    def agent(self, state: CaseState, status: str | None = None) -> str:
        """What colleagues read; ``status`` says it more exactly where it belongs to that state."""
        found = self._of(state, status)
        return say(found.agent, spoken()) if found else str(gettext(STATES[state]))

    def customer(self, state: CaseState, status: str | None = None) -> str:
        """What the customer reads."""
        found = self._of(state, status)
        return say(found.customer, spoken()) if found else str(gettext(PUBLIC_STATES[state]))

    def within(self, state: CaseState) -> list[StatusView]:
        """What may be said more exactly of a case in that state."""
        return [
            one
            for one in self.statuses.values()
            if one.category is state and one.code != state and one.is_active
        ]

    def _of(self, state: CaseState, status: str | None) -> StatusView | None:
        exact = self.statuses.get(status) if status else None
        if exact is not None and exact.category is state:
            return exact
        return self.statuses.get(str(state))


def read(reader: Reader) -> Labels:
    """The words in force; one query."""
    return Labels(queries.statuses(reader))


def here() -> Labels:
    """The words for this request, read once."""
    if "case_labels" not in g:
        with runtime().database.reading() as connection:
            g.case_labels = read(connection)
    found: Labels = g.case_labels
    return found


def register(app: Flask) -> None:
    """Let every template say ``case_label(state, status)`` and ``public_case_label(...)``."""

    def case_label(state: CaseState, status: str | None = None) -> str:
        return here().agent(state, status)

    def public_case_label(state: CaseState, status: str | None = None) -> str:
        return here().customer(state, status)

    app.jinja_env.globals.update(case_label=case_label, public_case_label=public_case_label)
