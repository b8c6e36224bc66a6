"""Requests of customers: received, answered, waiting for them, settled, asked about."""

from cases import opening, service
from cases.after import feedback, surveys
from cases.views import CaseView
from notifications import rules, told
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.views import ConversationView
from oms_service.kernel.actors import customer, staff
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_delivered_order
from tests.flows.notices.walking import Customer, House, tells

WAITING = ("ご返信をお待ちしております", "We are waiting for your answer")


def asks(house: House, one: Customer) -> CaseView:
    return house.do(
        lambda uow: opening.open_case(
            uow,
            reason="other",
            language=one.language,
            channel="portal",
            customer_id=one.id,
        ),
        customer(one.id),
    )


@tells(rules.CASE_OPENED, rules.CASE_RESOLVED, rules.SATISFACTION)
def test_a_request_from_the_first_word_to_the_question_how_it_was(house: House) -> None:
    house.turn_on(rules.CASE_ANSWERED)
    agent = house.do(make_agent)
    made = {one: asks(house, one) for one in house.customers}
    for one, case in made.items():
        one.hears(rules.CASE_OPENED, case.number)
        for _twice in range(2):
            house.do(
                lambda uow: service.reply(uow, case.id, "We look into case.", key="a"),
                staff(agent),
            )
        heard = [letter.text for letter in house.letters(one.mail)]
        assert heard == ["We look into case."], "the answer itself, and no letter about it"
        house.skip_reply(one)
        house.do(
            lambda uow: service.resolve(uow, case.id, code="answered", note="by mail"),
            staff(agent),
        )
        one.hears(rules.CASE_RESOLVED, case.number)
    house.clock.advance(hours=1)
    for _twice in range(2):
        house.do(surveys.ask_due)
    for one, case in made.items():
        one.hears(rules.SATISFACTION, case.number)


def asks_in_chat(house: House, one: Customer, agent: int) -> tuple[CaseView, ConversationView]:
    """A case from the chat on the shop's page, in which a colleague asks back, twice."""
    chat = house.do(lambda uow: make_chat(uow, customer_id=one.id))
    case = house.do(
        lambda uow: opening.open_case(
            uow,
            reason="other",
            language=one.language,
            channel="webchat",
            customer_id=one.id,
            conversation_id=chat.id,
        )
    )
    for _twice in range(2):
        house.do(
            lambda uow: service.ask_customer(uow, case.id, "Which size is it?", key="q"),
            staff(agent),
        )
    return case, chat


def waits_in_turn(house: House, minutes: int) -> None:
    house.clock.advance(minutes=minutes)
    for _twice in range(2):
        house.say_what_is_due()


@tells(rules.CASE_WAITING)
def test_a_question_in_the_chat_is_told_by_one_letter_once_nobody_answers_there(
    house: House,
) -> None:
    house.turn_on(rules.CASE_ANSWERED)
    agent = house.do(make_agent)
    made = {one: asks_in_chat(house, one, agent) for one in house.customers}
    waits_in_turn(house, 14)
    for one, (_case, chat) in made.items():
        assert house.letters(one.mail) == [], "who is in the chat may answer there"
        with house.runtime.database.reading() as connection:
            said = [m.text for m in conversations.thread(connection, chat.id, limit=50)]
        assert said == ["Which size is it?"], "and reads nothing else there"
    waits_in_turn(house, 2)
    for one, (case, _chat) in made.items():
        one.hears(rules.CASE_WAITING, case.number)


def is_answered_in_chat(
    house: House, one: Customer, agent: int
) -> tuple[CaseView, ConversationView]:
    """A case from the chat, to which a colleague says two things there."""
    chat = house.do(lambda uow: make_chat(uow, customer_id=one.id))
    case = house.do(
        lambda uow: make_case(
            uow, customer_id=one.id, conversation_id=chat.id, language=one.language
        )
    )
    for words in ("We look into it.", "It is on its way."):
        house.do(lambda uow: service.reply(uow, case.id, words), staff(agent))
        house.clock.advance(minutes=3)
    return case, chat


@tells(rules.CASE_ANSWERED)
def test_answers_in_the_chat_that_nobody_reads_there_are_one_letter(house: House) -> None:
    house.turn_on(rules.CASE_ANSWERED)
    agent = house.do(make_agent)
    made = {one: is_answered_in_chat(house, one, agent) for one in house.customers}
    waits_in_turn(house, 15)
    for one, (case, _chat) in made.items():
        one.hears(rules.CASE_ANSWERED, case.number)


@tells()
def test_answers_that_were_read_in_the_chat_are_no_letter(house: House) -> None:
    house.turn_on(rules.CASE_ANSWERED)
    agent = house.do(make_agent)
    for one in house.customers:
        _case, chat = is_answered_in_chat(house, one, agent)
        read = DeliveryState.READ
        house.do(lambda uow: talking.mark(uow, chat.id, up_to=99, state=read))
    waits_in_turn(house, 60)


@tells()
def test_what_was_answered_in_the_chat_is_asked_for_by_no_letter(house: House) -> None:
    agent = house.do(make_agent)
    for one in house.customers:
        _case, chat = asks_in_chat(house, one, agent)
        house.clock.advance(minutes=5)
        house.do(lambda uow: talking.receive(uow, chat.id, key=f"a{one.tag}", text="A large one."))
    waits_in_turn(house, 60)


@tells()
def test_a_question_by_mail_is_one_letter_that_says_so_itself(house: House) -> None:
    """It stands in the inbox as well, and no letter is sent beside it."""
    house.turn_on(rules.CASE_ANSWERED)
    agent = house.do(make_agent)
    for one in house.customers:
        case = asks(house, one)
        house.skip()
        for _twice in range(2):
            house.do(
                lambda uow: service.ask_customer(uow, case.id, "Which size is it?", key="q"),
                staff(agent),
            )
        waits_in_turn(house, 60)
        (letter,) = house.letters(one.mail)
        house.skip_reply(one)
        assert letter.text.startswith("Which size is it?\n\n")
        assert one.says(WAITING) in letter.text
        (link,) = letter.links
        assert link.endswith(f"/cases/{case.number}")
        with house.runtime.database.looking() as session:
            newest = told.page(
                session, one.id, language=one.language, zone=house.runtime.settings.zone
            ).items[0]
        assert (newest.rule, newest.channel) == (rules.CASE_WAITING, "mail")


@tells(rules.FEEDBACK)
def test_how_a_delivery_was_is_asked_once(house: House) -> None:
    for one in house.customers:
        one.buys(
            lambda uow: make_delivered_order(
                uow, one.shop, number=f"A-5000{one.tag}", mail=one.mail, days_ago=0.1
            )
        )
    house.skip()
    house.clock.advance(days=4)
    for _twice in range(2):
        house.do(feedback.ask_due)
    for one in house.customers:
        one.hears(rules.FEEDBACK, one.order.number)
