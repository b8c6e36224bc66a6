"""Why something is not done, to whoever asked alone, with how the case stands now."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bots.slack import seeing, values
from bots.slack.blocks import card, fitting
from bots.slack.blocks.bricks import section
from bots.slack.blocks.texts import Mark, esc, joined, linked
from bots.slack.working.asked import Answer, Asked, View
from cases.acting import showing
from cases.acting.previews import ActRefused
from cases.acting.undoing import CannotUndo
from cases.acting.words import WHY_NOT_UNDONE
from cases.desk import refusing as desk
from cases.merging import words as merging
from cases.routing.assignment import NothingWaits
from oms_service.kernel.errors import DomainError, Forbidden, Invalid, NotFound
from oms_service.web.texts import N_, gettext

FORBIDDEN: Final = N_("Your role does not let you do this. Ask a lead.")
UNKNOWN: Final = N_("There is no such case for you.")
OTHERWISE: Final = N_("Please check this entry.")
NOTHING_WAITS: Final = N_("Nothing waits for you just now.")
#: What is wrong with an entry, by the name that the services give it.
FIELDS: Final[Mapping[str, str]] = {
    "amount": N_("Enter an amount above 0."),
    "answer": N_("Give the customer a reason."),
    "code": N_("Choose how it ended."),
    "ending": N_("Say in a sentence what was done."),
    "lines": N_("Say how its open lines ended."),
    "macro": N_("Choose a macro."),
    "name": N_("Choose another name: small letters, digits and hyphens."),
    "note": N_("Write a note first."),
    "reason": N_("Choose a reason."),
    "set_queue": N_("That queue is not there any more."),
    "staff": N_("Choose a colleague who works on cases."),
    "text": N_("Write an answer first."),
    "until": N_("Choose a moment to come, within a year."),
    "with": N_("There is no case of that number."),
}
_CANNOT_SEE: Final = N_(
    "This colleague is limited to other queues and would not see this case. Choose another, or"
    " move the case first."
)
_NOT_LINKED: Final = N_(
    "Slack does not know yet which colleague you are: you can read here, and do nothing. Open this"
    " page within 15 minutes and sign in: %(link)s"
)
_NOT_LINKED_HERE: Final = N_(
    "Slack does not know yet which colleague you are: you can read here, and do nothing."
)


def refused(asked: Asked, error: DomainError) -> Answer:
    """Why not, and how the case stands now."""
    match error:
        case NothingWaits():
            return notice(asked, _(NOTHING_WAITS))
        case NotFound():
            return notice(asked, _(UNKNOWN))
        case Forbidden():
            return notice(asked, _(FORBIDDEN))
        case _:
            return notice(asked, joined([esc(in_words(error)), _standing(asked)], "\n"))


def anew(asked: Asked, error: DomainError, form: Callable[[Asked], Answer]) -> Answer:
    """The same form over the case as it stands now, which says so; what was typed stays in it."""
    try:
        shown = form(replace(asked, is_sent=False))
    except DomainError as refusal:
        return refused(asked, refusal)
    if shown.view is None:
        return refused(asked, error)
    said = section(joined([esc(f"⚠️ {in_words(error)}"), _standing(asked)], "\n"))
    first, *rest = shown.view["blocks"]
    return Answer(view={**shown.view, "blocks": [first, said, *rest]})


def in_words(error: DomainError) -> str:
    """Why not, as the desk says it."""
    said = desk.words(error)
    if said:
        return said
    match error:
        case Invalid():
            return next(iter(fields(error).values()), _(OTHERWISE))
        case ActRefused():
            return " ".join(showing.cause(one) for one in error.causes)
        case CannotUndo():
            return _(WHY_NOT_UNDONE[error.why])
        case _ if error.code in merging.REFUSED:
            return _(merging.REFUSED[error.code])
        case _:
            return showing.refusal(error)


def fields(error: Invalid) -> dict[str, str]:
    """Words for entries that are wrong, by their names."""
    if error.fields.get("staff") == "cannot see it":
        return {"staff": _(_CANNOT_SEE)}
    return {name: _(FIELDS.get(name.partition("[")[0], OTHERWISE)) for name in error.fields}


def notice(asked: Asked, said: str) -> Answer:
    """Words to whoever asked alone; of a form that was sent they take its place."""
    if asked.is_sent or (asked.view and asked.view.get("type") == "modal"):
        return Answer(view=window(said, asked))
    return Answer(said=said)


def window(said: str, asked: Asked | None = None) -> View:
    """A small window that says something."""
    value = asked.value if asked is not None else None
    memory = values.memory(value.case_id, value.version, {}) if value else values.encode(0, 0)
    return fitting.modal("case:told", _("Not done"), [section(Mark(said))], memory=memory)


def not_linked(address: str) -> str:
    """How somebody says which colleague they are."""
    if not address:
        return _(_NOT_LINKED_HERE)
    return str(gettext(_NOT_LINKED, link=linked(address, _("Say who I am"))))


def _standing(asked: Asked) -> str:
    """How the case stands now, and who has it."""
    with asked.house.database.looking() as session:
        try:
            found = seeing.read(asked.house, session, asked.case(session).id)
        except NotFound:
            return ""
        return esc(card.standing(found.page, asked.voice(session)))


def _(text: str) -> str:
    return str(gettext(text))
