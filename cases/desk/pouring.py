"""A macro put into the box where somebody writes an answer; nothing is sent by it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from cases.views import CaseView
from cases.writing import filling, queries, values
from cases.writing.filling import VARIABLES, ValuesMissing
from cases.writing.views import MacroView
from oms_service.access.queries import StaffView
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import Runtime
from oms_service.web.texts import N_, gettext

_LONGEST_CODE: Final = 60
CHOOSE: Final = N_("Choose a macro.")


class NotPoured(Invalid):
    """The macro does not fit this case; ``words`` say why, in the language at hand."""

    def __init__(self, words: str) -> None:
        super().__init__("this macro does not fit", {"macro": "does not fit"})
        self.words = words


@dataclass(frozen=True)
class Poured:
    """A macro, and what then stands in the box."""

    macro: MacroView
    text: str


def pour(
    house: Runtime, session: Session, case: CaseView, *, code: str, before: str, me: StaffView
) -> Poured:
    """The words of a macro behind what stands there already.

    Raises:
        NotPoured: there is no such macro, none in that language, or the case lacks what it says.
    """
    try:
        macro = queries.macro_in_use(session, code[:_LONGEST_CODE], staff_id=me.id)
    except NotFound:
        raise NotPoured(_(CHOOSE)) from None
    body = macro.body.get(case.language, "")
    if not body:
        raise NotPoured(_("This macro has no text in that language."))
    try:
        filled = filling.fill(body, values.of_case(house, session, case, agent_name=me.name))
    except ValuesMissing as lacks:
        names = ", ".join(_(VARIABLES[one]) for one in lacks.names)
        said = _("This case lacks what the macro says: %(names)s") % {"names": names}
        raise NotPoured(said) from None
    return Poured(macro, f"{before}\n\n{filled}" if before and filled not in before else filled)


def _(text: str) -> str:
    return str(gettext(text))
