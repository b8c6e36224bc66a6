"""A yes or a no to what waits: a return, a claim, a wish, a refund that needs a second person."""

from typing import Final

from bots.slack.blocks import waiting
from bots.slack.blocks.forms import deciding as forms
from bots.slack.blocks.waiting import Ask, Waits
from bots.slack.working import pressing
from bots.slack.working.asked import DONE, Answer, Asked
from bots.slack.working.looking import Look, look
from bots.slack.working.pressing import Matter
from cases import deciding, reach
from cases.acting import queries as acts
from cases.acting.service import NoOrder
from cases.acting.wishes import by_colleague
from cases.holding import AlreadyDone
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.operations.changes import changing
from oms_service.operations.returning import claiming
from oms_service.orders import changes
from oms_service.payments import queries as payments
from oms_service.payments import refunds
from oms_service.returns import claim_queries

#: As on the desk.
_NEEDS: Final = {
    Ask.RETURN: "returns:approve",
    Ask.CLAIM: "returns:approve",
    Ask.WISH: "orders:change",
    Ask.REFUND: "refunds:approve",
}
_LONGEST: Final = 500
#: As long as ids and positions are at most.
_DIGITS: Final = 18


def needs(asked: Asked) -> str:
    """The permission of the desk's own route."""
    what = asked.value.word("what")
    return _NEEDS[Ask(what)] if what in set(Ask) else "returns:approve"


def approve_form(asked: Asked) -> Answer:
    with look(asked) as here:
        return Answer(view=forms.approve(here.page, _waits(asked, here), here.voice))


def reject_form(asked: Asked) -> Answer:
    with look(asked) as here:
        return Answer(view=forms.reject(here.page, _waits(asked, here), here.voice))


def _waits(asked: Asked, here: Look) -> Waits:
    """What the button was about, if it waits yet."""
    what, ref = asked.value.word("what"), asked.value.word("ref")
    found = waiting.named(here.waits, what, ref)
    if found is not None:
        return found
    decided = here.page.asked
    if what == Ask.RETURN and decided is not None and decided.decided_by is not None:
        raise AlreadyDone(str(decided.state), decided.decided_by)
    raise Stale("it does not wait any more")


def approve(asked: Asked) -> Answer:
    givers = by_colleague(asked.me).givers

    def act(uow: UnitOfWork, found: CaseView) -> None:
        match _asked(asked):
            case Ask.RETURN:
                version = asked.value.number("rv")
                deciding.approve_return(uow, found.id, version=version, givers=givers)
            case Ask.CLAIM:
                claim_id = _claim(uow, asked, found)
                version = asked.value.number("rv") or 0
                claiming.approve(uow, claim_id, version=version, givers=givers)
            case Ask.WISH:
                changing.confirm(uow, _change(uow, asked, found))
            case Ask.REFUND:
                refunds.approve(uow, _refund(uow, asked, found))

    pressing.do(asked, act)
    return DONE


def reject(asked: Asked) -> Answer:
    def act(uow: UnitOfWork, found: CaseView) -> None:
        match _asked(asked):
            case Ask.RETURN:
                version = asked.value.number("rv")
                why = _reason(asked, Ask.RETURN)
                deciding.reject_return(uow, found.id, note=why, version=version)
            case Ask.CLAIM:
                claim_id = _claim(uow, asked, found)
                version = asked.value.number("rv") or 0
                answer = _reason(asked, Ask.CLAIM)
                claiming.reject(uow, claim_id, version=version, answer=answer)
            case Ask.WISH:
                changing.decline(uow, _change(uow, asked, found))
            case Ask.REFUND:
                refunds.decline(uow, _refund(uow, asked, found))

    pressing.do(asked, act)
    return DONE


def _asked(asked: Asked) -> Ask:
    what = asked.value.word("what")
    if what not in set(Ask):
        raise NotFound("nothing like that waits")
    return Ask(what)


def _reason(asked: Asked, what: Ask) -> str:
    """Why not, as the customer will read it."""
    name, _most = forms.REASONS[what]
    said = asked.typed.values.get(name, "")[:_LONGEST].strip()
    if not said:
        raise Invalid("a refusal has a reason", {"answer": "is empty"})
    return said


def _claim(uow: UnitOfWork, asked: Asked, found: CaseView) -> int:
    claim = claim_queries.by_number(uow.session, asked.value.word("ref")[:20])
    if claim.order_id not in acts.orders_of(uow.session, found.id):
        raise NoOrder("this case is about another order")
    return claim.id


def _change(uow: UnitOfWork, asked: Asked, found: CaseView) -> int:
    """The wish that was shown; of another order, which the case is about since, it is none."""
    own = acts.orders_of(uow.session, found.id)
    if not own:
        raise NoOrder("this case is about no order")
    wish_id = changes.of_order_at(uow.session, own[0], _number(asked)).id
    if wish_id != asked.value.number("rv"):
        raise Stale("the button was about another wish")
    return wish_id


def _refund(uow: UnitOfWork, asked: Asked, found: CaseView) -> int:
    """The refund, if it is of an order of the case and was not asked for where they cannot see."""
    refund_id = _number(asked)
    own = acts.orders_of(uow.session, found.id)
    came_from = [one for one, _name in acts.cases_of_refunds(uow.session, [refund_id]).values()]
    is_theirs = len(reach.those(uow.session, came_from, asked.me)) == len(came_from)
    if payments.refund(uow.session, refund_id).order_id not in own or not is_theirs:
        raise NotFound("no such refund")
    return refund_id


def _number(asked: Asked) -> int:
    ref = asked.value.word("ref")
    if not (ref.isascii() and ref.isdecimal() and len(ref) <= _DIGITS):
        raise NotFound("nothing like that waits")
    return int(ref)


MATTERS: Final = (
    Matter(verb="approve", needs=needs, press=approve_form, send=approve),
    Matter(verb="reject", needs=needs, press=reject_form, send=reject),
)
