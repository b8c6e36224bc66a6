"""How a case ends, and that it did not."""

from typing import Final

from bots.slack.blocks.forms import working as forms
from bots.slack.working import pressing
from bots.slack.working.asked import DONE, Answer, Asked
from bots.slack.working.looking import look
from bots.slack.working.pressing import Matter
from cases import service
from cases.holding import AlreadyDone
from cases.taxonomy import panels, settling
from cases.together.linking import OthersOpen
from cases.views import CaseView
from cases.words import CHOSEN
from cases.writing import answering
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid

#: By the names of the services, where the form calls an entry otherwise.
_NAMES: Final = {"note": "ending", "lines": "lines_ended"}


def resolve_form(asked: Asked) -> Answer:
    return _form(asked)


def _form(asked: Asked, *, waits_for: str = "") -> Answer:
    with look(asked) as here:
        if not here.page.is_active:
            raise AlreadyDone("resolved", "")
        endings = panels.line_endings(here.page.case.id)
        return Answer(
            view=forms.resolve(here.page, here.voice, line_endings=endings, waits_for=waits_for)
        )


def resolve(asked: Asked) -> Answer:
    typed = asked.typed.values

    def act(uow: UnitOfWork, found: CaseView) -> None:
        code = typed.get("code", "")
        answering.resolve(
            uow,
            found.id,
            code=code if code in CHOSEN else "",
            note=typed.get("ending", ""),
            lines_ended=settling.ending_typed(typed.get("lines_ended", "")),
            version=asked.value.version,
            despite_others=asked.typed.is_ticked("despite"),
        )

    try:
        pressing.do(asked, act)
    except OthersOpen as refused:
        return _form(asked, waits_for=refused.fields["others"])
    except Invalid as refused:
        named = {_NAMES.get(name, name): why for name, why in refused.fields.items()}
        raise Invalid(str(refused), named) from None
    return DONE


def reopen(asked: Asked) -> Answer:
    def act(uow: UnitOfWork, found: CaseView) -> None:
        service.reopen(uow, found.id, version=asked.value.version)

    pressing.do(asked, act)
    return DONE


def reopen_form(asked: Asked) -> Answer:
    with look(asked) as here:
        return Answer(view=forms.reopen(here.page, here.voice))


MATTERS: Final = (
    Matter(verb="resolve", needs="cases:work", press=resolve_form, send=resolve),
    Matter(verb="reopen", needs="cases:work", press=reopen_form, send=reopen),
)
