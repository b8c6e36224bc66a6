"""Why something that was pressed in a case is not done, in words; the same wherever one presses."""

from typing import Final

from cases.holding import AlreadyDone
from cases.service import Unreachable
from oms_service.access import queries as access
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, IllegalTransition, Stale
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

STALE: Final = N_("Somebody changed this case meanwhile. This is how it stands now.")
_NOT_POSSIBLE: Final = N_("That is not possible any more. This is how it stands now.")
_UNREACHABLE: Final = N_("This customer has neither a chat nor a mail address to answer to.")
_DONE: Final = {
    "approved": N_("Already approved by %(name)s."),
    "rejected": N_("Already rejected by %(name)s."),
    "received": N_("Already approved by %(name)s, and the goods have come back."),
    "taken": N_("%(name)s has this case already."),
    "sent": N_("It has left already."),
    "undone": N_("It is undone already."),
    "failed": N_("It could not be sent."),
    "released": N_("Nobody has this case."),
    "resolved": N_("Already resolved by %(name)s."),
}


def words(refused: DomainError) -> str:
    """Why not, in a sentence or two; empty where it is no refusal of this kind."""
    match refused:
        case Stale():
            return _(STALE)
        case AlreadyDone():
            said = _(_DONE.get(refused.what, _DONE["resolved"]))
            return said % {"name": _who(refused.by)}
        case IllegalTransition():
            return _(_NOT_POSSIBLE)
        case Unreachable():
            return _(_UNREACHABLE)
        case _:
            return ""


def _who(ref: str) -> str:
    if not ref:
        return _("the system")
    by = Actor.from_ref(ref)
    if by.kind is not ActorKind.STAFF:
        return _("the system")
    with runtime().database.reading() as connection:
        return access.staff_names(connection).get(int(by.id), "")


def _(text: str) -> str:
    return str(gettext(text))
