"""Colleagues of one journey alone, and what customers come to them with."""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Locator, expect
from sqlalchemy import text

from cases import opening, service
from cases.routing import agents
from cases.routing import service as routing
from cases.routing.service import QueueWish
from cases.routing.states import Presence
from cases.views import CaseView
from oms_service.access import staff
from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import actors
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language, in_both
from oms_service.operations.returning import returns
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.returns.states import ReturnReason
from tests.browser.journeys.looks import Look
from tests.browser.journeys.place import Person, Place
from tests.browser.journeys.walking import Walk
from tests.factories.cases import make_chat
from tests.factories.orders import MadeOrder, make_delivered_order, make_order


@dataclass(frozen=True)
class Colleague:
    """Somebody of the staff of one journey alone; ``handle`` is what calls them in a note."""

    id: int
    name: str
    mail: str

    @property
    def handle(self) -> str:
        return self.mail.partition("@")[0]


@dataclass(frozen=True)
class Matter:
    """What a customer wrote about an order, in a chat, and the case about it."""

    person: Person
    order: MadeOrder
    case: CaseView
    chat_id: int
    words: str

    @property
    def path(self) -> str:
        return f"/desk/cases/{self.case.number}"


def colleague(
    place: Place, look: Look, *roles: Role, name: str = "", is_given_cases: bool = False
) -> Colleague:
    """Somebody who speaks the language of the look, an agent unless said otherwise."""
    mail = f"{readable_code(8).lower()}@desk.example"
    called = name or look.either("田中 葵", "Grace Taylor")
    with place.work() as uow:
        made = staff.add(
            uow,
            mail=mail,
            name=called,
            password=PASSWORD,
            roles=roles or (Role.AGENT,),
            language=Language(look.language),
        )
        agents.ensure(uow)
        if made.may("cases:work") and not is_given_cases:
            # They keep what they take themselves: other journeys open cases at the same time.
            agents.set_presence(uow, made.id, Presence.AWAY)
    return Colleague(made.id, called, mail)


def matter(
    place: Place,
    look: Look,
    *,
    words: str = "",
    items: Mapping[str, int] | None = None,
    is_delivered: bool = True,
    reason: str = "other",
    taken_by: Colleague | None = None,
    language: Language | None = None,
    person: Person | None = None,
) -> Matter:
    """Somebody new, unless it is said who, wrote in the chat about an order of two coffees."""
    said = words or look.either(
        "箱が潰れて届きました。返金をお願いできますか。",
        "The box came crushed. Can I have my money back?",
    )
    with place.work() as uow:
        person = person or place.customer_in(uow, look)
        make = make_delivered_order if is_delivered else make_order
        order = make(uow, place.shop, items=items, customer_id=person.id, mail=person.mail)
        chat = make_chat(uow, customer_id=person.id)
        talking.receive(uow, chat.id, key=readable_code(12), text=said)
        case = opening.open_case(
            uow,
            reason=reason,
            language=language or Language(look.language),
            channel="webchat",
            order_id=order.id,
            customer_id=person.id,
            conversation_id=chat.id,
        )
    if taken_by is not None:
        takes(place, taken_by, case)
    settles(place)
    return Matter(person, order, case, chat.id, said)


def return_to_decide(place: Place, look: Look, *, taken_by: Colleague) -> Matter:
    """A return of one coffee that arrived damaged, without the photo the rules ask for."""
    with place.work() as uow:
        person = place.customer_in(uow, look)
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        chat = make_chat(uow, customer_id=person.id)
        words = look.either("割れていました。返品します。", "It was broken. I send it back.")
        talking.receive(uow, chat.id, key=readable_code(12), text=words)
        line = WantedLine(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.DAMAGED)
        asked = returns.request(
            uow,
            Wanted(order_id=order.id, lines=[line], channel="webchat", key=readable_code(12)),
        ).view
        case = opening.open_case(
            uow,
            reason="return",
            language=Language(look.language),
            channel="webchat",
            order_id=order.id,
            customer_id=person.id,
            conversation_id=chat.id,
            return_id=asked.id,
            lines={order.line_ids[0]: 1},
            wanted={"refund_minor": asked.refund.minor, "currency": asked.refund.currency},
            failed_rule=asked.referred_by_rule,
        )
    takes(place, taken_by, case)
    settles(place)
    return Matter(person, order, case, chat.id, words)


def takes(place: Place, who: Colleague, case: CaseView) -> None:
    with place.house.runtime.unit_of_work(actors.staff(who.id)) as uow:
        service.take(uow, case.id)


def writes(place: Place, asked: Matter, words: str) -> None:
    """The customer writes once more."""
    with place.house.runtime.unit_of_work(actors.customer(asked.person.id)) as uow:
        talking.receive(uow, asked.chat_id, key=readable_code(12), text=words)
    settles(place)


def settles(place: Place) -> None:
    """Everybody has heard of what happened: nothing changes by itself from now on."""
    pending = "SELECT count(*) FROM outbox WHERE reacted_at IS NULL"
    place.until(lambda: place.one(pending) == 0)


def own_queue(uow: UnitOfWork, who: Colleague) -> str:
    """A queue that nobody works on but them; its code."""
    name = in_both(f"Queue {who.handle}")
    wish = QueueWish(name=name, members=[who.id], is_default=False)
    return routing.add_queue(uow, wish).code


def lets_leave(place: Place, asked: Matter) -> None:
    """The moment in which an answer can be undone is over."""
    hasten = "UPDATE case_pending_replies SET send_at = pressed_at WHERE case_id = :id"
    with place.work() as uow:
        uow.session.execute(text(hasten), {"id": asked.case.id})
    waits = "SELECT count(*) FROM case_pending_replies WHERE case_id = :id AND state = 'waiting'"
    place.until(lambda: place.one(waits, id=asked.case.id) == 0)
    settles(place)


def case_now(place: Place, asked: Matter) -> tuple[str, str, int | None]:
    """State, resolution and assignee of the case."""
    query = "SELECT state, resolution, assignee_id FROM cases WHERE id = :id"
    state, resolution, assignee = place.rows(query, id=asked.case.id)[0]
    return state, resolution, assignee


def answers(place: Place, asked: Matter) -> list[str]:
    """What colleagues wrote to the customer, as it left."""
    query = """
        SELECT text FROM messages
        WHERE conversation_id = :id AND direction = 'out' AND author_kind = 'agent'
        ORDER BY seq
    """
    return [row[0] for row in place.rows(query, id=asked.chat_id)]


def unfolds(walk: Walk, summary: str, **values: object) -> None:
    """Open what is folded under a line."""
    words = walk.words(summary, **values)
    walk.presses(walk.page.locator("summary", has_text=words).first)


def row_of(walk: Walk, case: CaseView) -> Locator:
    """The line of a case in the inbox."""
    return walk.page.locator(f"#row-{case.number}")


def is_open(walk: Walk, case: CaseView) -> None:
    """The case is on the screen, as a page or beside the list."""
    expect(walk.page.locator(f"[data-split-shown='{case.number}']")).to_be_visible()
