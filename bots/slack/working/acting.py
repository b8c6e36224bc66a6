"""Doing something about the order of a case: filled in, looked at, then done, as on the desk."""

from typing import Any, Final

from sqlalchemy.orm import Session

from bots.slack.blocks.forms import acting as forms
from bots.slack.blocks.forms.acting import Doing
from bots.slack.blocks.texts import esc
from bots.slack.working import pressing
from bots.slack.working.asked import Answer, Asked, Repeated
from bots.slack.working.looking import Look, look
from bots.slack.working.pressing import Matter
from cases.acting import forms as desk
from cases.acting import labels, previews, queries, service, showing, words
from cases.acting.previews import ActRefused, Seen
from cases.acting.service import NoOrder
from cases.acting.states import ActKind
from cases.acting.wishes import PERMISSIONS, Wanted, by_colleague
from cases.holding import AlreadyDone
from cases.views import CaseView
from oms_service.console import changes_shown
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from oms_service.operations.changes.changing_book import open_book
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import ChangeKind
from oms_service.web.texts import gettext

#: The verbs of what can be done; "release" is another thing on the card.
START: Final = "act_"


def open_form(asked: Asked) -> Answer:
    kind = ActKind(asked.verb.removeprefix(START))
    _check(asked, kind)
    with look(asked) as here:
        if not here.page.is_active:
            raise AlreadyDone("resolved", "")
        order = _order(here.session, here.page.case, "")
        return _form(asked, here, kind, order, Doing(key=ids.token()))


def send(asked: Asked) -> Answer:
    """What it would bring; once that was shown, it is done."""
    kind, digest = _kind(asked), asked.value.word("digest")
    _check(asked, kind)
    try:
        return _do(asked, kind, digest) if digest else _preview(asked, kind)
    except (Repeated, NotFound, Forbidden, AlreadyDone, NoOrder):
        raise
    except Stale:
        return _preview(asked, kind)
    except Invalid as error:
        return Answer(errors=showing.messages(error))
    except ActRefused as error:
        return _anew(asked, kind, [showing.cause(one) for one in error.causes])
    except DomainError as error:
        return _anew(asked, kind, [showing.refusal(error)])


def _do(asked: Asked, kind: ActKind, digest: str) -> Answer:
    def act(uow: UnitOfWork, found: CaseView) -> bool:
        order = _order(uow.session, found, asked.value.word("order"))
        wish = desk.read(asked.house, uow.session, order, kind, asked.typed.values)
        done = service.do(
            uow,
            found.id,
            Wanted(
                wish=labels.worded(asked.house, uow.session, found, wish),
                key=f"slack:{ids.digest(asked.value.word('key'))[:40]}",
                digest=digest,
                order_id=order.id,
            ),
            by_colleague(asked.me),
        )
        return bool(done.facts.get("waits"))

    if pressing.do(asked, act):
        return Answer(said=esc(_("Noted. It waits for a second person to agree.")))
    what = _(words.KINDS[kind][0])
    return Answer(said=esc(str(gettext("Done: %(what)s.", what=what))))


def _preview(asked: Asked, kind: ActKind) -> Answer:
    try:
        with look(asked) as here:
            order = _order(here.session, here.page.case, asked.value.word("order"))
            wish = desk.read(asked.house, here.session, order, kind, asked.typed.values)
            now = asked.house.clock.now()
            seen = previews.look(here.session, order.id, wish, by_colleague(asked.me), now=now)
            return _form(asked, here, kind, order, _doing(asked, seen=seen))
    except ActRefused as error:
        return _anew(asked, kind, [showing.cause(one) for one in error.causes])


def _anew(asked: Asked, kind: ActKind, refusals: list[str]) -> Answer:
    """The same form, with why it cannot be done."""
    with look(asked) as here:
        order = _order(here.session, here.page.case, asked.value.word("order"))
        return _form(asked, here, kind, order, _doing(asked, refusals=refusals))


def _doing(asked: Asked, *, seen: Seen | None = None, refusals: list[str] | None = None) -> Doing:
    key = asked.value.word("key")[:80] or ids.token()
    return Doing(key=key, given=asked.typed.values, seen=seen, refusals=refusals or ())


def _form(asked: Asked, here: Look, kind: ActKind, order: OrderView, doing: Doing) -> Answer:
    offered = _offered(asked, here.session, order.id, kind)
    return Answer(view=forms.act(here.page, kind, offered, doing, here.voice))


def _offered(asked: Asked, session: Session, order_id: int, kind: ActKind) -> dict[str, Any]:
    """What the form of one kind offers, as on the desk."""
    now = asked.house.clock.now()
    if kind.value in set(ChangeKind):
        book = open_book(session, order_id, now=now)
        return changes_shown.facts(session, book, ChangeKind(kind.value))
    return showing.facts(session, order_id, kind, now=now)


def _kind(asked: Asked) -> ActKind:
    written = asked.value.word("kind")
    if written not in {str(one) for one in forms.KINDS}:
        raise NotFound("there is no such form")
    return ActKind(written)


def _check(asked: Asked, kind: ActKind) -> None:
    """Refuse what the table of permissions does not let them."""
    if not asked.me.may(PERMISSIONS[kind]):
        raise Forbidden("this is for colleagues with another role")


def _order(session: Session, case: CaseView, number: str) -> OrderView:
    """The order that a form is about, if it is the case's; else its main one."""
    own = queries.orders_of(session, case.id)
    if not own:
        raise NoOrder("this case is about no order")
    if not number:
        return orders.by_id(session, own[0])
    found = orders.find(session, number)
    if found.id not in own:
        raise NoOrder("this case is about no such order")
    return found


MATTERS: Final = (
    Matter(verb="refund", needs="cases:act", press=open_form),
    *(Matter(verb=f"{START}{one}", needs="cases:act", press=open_form) for one in forms.KINDS),
    Matter(verb="act", needs="cases:act", send=send),
)


def _(text: str) -> str:
    return str(gettext(text))
