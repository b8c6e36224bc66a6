"""Looking from Slack: everything that can be done, the whole history, the order, the stock."""

from typing import Final

from sqlalchemy.orm import Session

from bots.slack import queries as slack
from bots.slack.blocks import history as histories
from bots.slack.blocks import menu as menus
from bots.slack.blocks import orders as looks
from bots.slack.blocks import stock as stocks
from bots.slack.blocks.history import Past
from bots.slack.blocks.menu import Around
from bots.slack.blocks.orders import Looked
from bots.slack.blocks.stock import Kept
from bots.slack.working.asked import Answer, Asked, View
from bots.slack.working.looking import Look, look
from bots.slack.working.pressing import Matter
from cases.acting import previews
from cases.acting.previews import Offer
from cases.acting.wishes import by_colleague
from cases.desk import page as pages
from cases.desk.sentences import teller
from oms_service.access.states import ScopeKind
from oms_service.catalog import queries as catalog
from oms_service.inventory import queries as inventory
from oms_service.kernel.errors import NotFound
from oms_service.orders.states import OrderState
from oms_service.ports.timeline import Entry

#: As long as what one looks for is at most.
_LONGEST: Final = 80
_MOST_FOUND: Final = 40


def menu(asked: Asked) -> Answer:
    """Everything that can be done in the case as it stands."""
    with look(asked) as here:
        return Answer(view=_menu(asked, here))


def _menu(asked: Asked, here: Look) -> View:
    me, page = asked.me, here.page
    offers: tuple[Offer, ...] = ()
    is_real = page.panel is not None and page.panel.order.order_state is not OrderState.DRAFT
    if page.panel is not None and is_real and page.is_active and me.may("cases:act"):
        now = asked.house.clock.now()
        offers = previews.offers(here.session, page.panel.order.id, by_colleague(me), now=now)
    thread = slack.thread_of(here.session, page.case.id)
    around = Around(
        may=me.may,
        me=me.id,
        found=here.waits,
        offers=offers,
        is_promoted=thread is not None and thread.channel.case_id == page.case.id,
        desk_url=here.seen.beside.desk_url,
    )
    return menus.menu(page, around, here.voice)


def history(asked: Asked) -> Answer:
    """The first page of the whole history."""
    return Answer(view=_history(asked, 0))


def turn(asked: Asked) -> Answer:
    """Another page of it, in the same window."""
    return Answer(view=_history(asked, asked.value.number("page") or 0), in_place=True)


def _history(asked: Asked, page: int) -> View:
    with look(asked) as here:
        found = pages.past(asked.house, here.session, here.page.case)
        past = Past(
            title=here.page.case.number,
            entries=[one for one in found if _reaches(asked, one)],
            told=teller(asked.house.adapters, lambda said: here.voice.words(str(said or ""))),
            names=here.page.names,
            case_id=here.page.case.id,
            version=here.page.case.version,
        )
        return histories.history(past, here.voice, page=page)


def _reaches(asked: Asked, one: Entry) -> bool:
    """Nothing of cases in queues that are not theirs."""
    return one.queue_id is None or asked.me.reaches(ScopeKind.QUEUE, one.queue_id)


def order(asked: Asked) -> Answer:
    """The order of the case."""
    with look(asked) as here:
        if here.page.panel is None:
            raise NotFound("this case is about no order")
        looked = Looked(
            panel=here.page.panel,
            customer=here.page.customer,
            desk_url=here.seen.beside.desk_url,
            case_id=here.page.case.id,
            version=here.page.case.version,
            case=here.page.case.number,
        )
        return Answer(view=looks.modal(looked, here.voice))


def stock(asked: Asked) -> Answer:
    """What is in stock of what the order is made of, by location."""
    with look(asked) as here:
        goods = stocks.of_page(here.page, here.voice)
        return Answer(view=_stock(asked, here, goods, ""))


def find_stock(asked: Asked) -> Answer:
    """The same of what somebody looks for; nothing typed is the order again."""
    wanted = asked.typed.values.get("query", "")[:_LONGEST]
    with look(asked) as here:
        goods = stocks.of_page(here.page, here.voice)
        if wanted:
            found = catalog.search(here.session, wanted, limit=_MOST_FOUND)
            goods = stocks.of_variants(found, here.voice)
        return Answer(view=_stock(asked, here, goods, wanted))


def _stock(asked: Asked, here: Look, goods: list[stocks.Goods], searched: str) -> View:
    ids = {one.variant_id for one in goods}
    kept = Kept(inventory.availability(here.session, ids), _places(asked, here.session))
    case = here.page.case
    return stocks.stock(
        goods, kept, here.voice, case_id=case.id, version=case.version, searched=searched
    )


def _places(asked: Asked, session: Session) -> tuple[inventory.LocationView, ...]:
    """The locations in use that are theirs."""
    found = inventory.locations(session)
    return tuple(one for one in found if asked.me.reaches(ScopeKind.LOCATION, one.id))


MATTERS: Final = (
    Matter(verb="all", needs="cases:read", press=menu),
    Matter(verb="history", needs="cases:read", press=history),
    Matter(verb="history_newer", needs="cases:read", press=turn),
    Matter(verb="history_older", needs="cases:read", press=turn),
    Matter(verb="order", needs="cases:read", press=order),
    Matter(verb="stock", needs="stock:read", press=stock, send=find_stock),
)
