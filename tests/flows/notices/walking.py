"""Two customers, one of each language, who go the same way and read what they are sent.

Every walk ends with ``nothing_else``: no letter beyond those that were read, not even when every
notice hears of every fact once more and every letter is put on its way again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import text

from notifications.rules import BY_TEMPLATE, Rule, may_be_refused
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor
from oms_service.kernel.languages import Language
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.orders import MadeOrder
from tests.factories.shop import Shop, make_customer, make_shop
from tests.fakes.clock import StandingClock
from tests.fakes.smtp import SmtpServer
from tests.flows.notices.reading import Letter
from tests.flows.notices.subjects import SUBJECTS

#: Which walk tells which notice: by template, the names of tests.
WALKED: dict[str, list[str]] = {}
T = TypeVar("T")
#: A fact that reads differently in Japanese and in English.
Fact = str | tuple[str, str]


Walk = Callable[["House"], None]


def tells(*rules: Rule) -> Callable[[Walk], Walk]:
    """Mark a walk with what it tells: both have read just that at its end, and nothing else."""

    def mark(walk: Walk) -> Walk:
        for rule in rules:
            WALKED.setdefault(rule.template, []).append(walk.__name__)

        @wraps(walk)
        def to_the_end(house: "House") -> None:
            walk(house)
            for one in house.customers:
                heard = [rule.template for who, rule in house.heard if who is one]
                assert heard == [rule.template for rule in rules], heard
            house.nothing_else()

        return to_the_end

    return mark


@dataclass(eq=False)
class Customer:
    """One of the two. ``shop`` is the shop as they know it, ``tag`` sets their things apart."""

    house: "House"
    language: Language
    mail: str
    shop: Shop
    tag: str
    read: list[Letter] = field(default_factory=list)
    _order: MadeOrder | None = None

    @property
    def order(self) -> MadeOrder:
        assert self._order is not None
        return self._order

    @property
    def id(self) -> int:
        return self.shop.customer_id

    def buys(self, make: Callable[[UnitOfWork], MadeOrder]) -> MadeOrder:
        """Have an order made that speaks their language."""
        with self.house.runtime.unit_of_work(SYSTEM) as uow:
            self._order = make(uow)
            self.speaks(uow)
        return self._order

    def speaks(self, uow: UnitOfWork) -> None:
        """All of their orders are in their language."""
        uow.session.flush()
        uow.session.execute(
            text("UPDATE orders SET language = :language WHERE customer_id = :id"),
            {"language": self.language.value, "id": self.id},
        )

    def says(self, fact: Fact) -> str:
        """A fact in their language."""
        if isinstance(fact, str):
            return fact
        return fact[0] if self.language is Language.JAPANESE else fact[1]

    def hears(self, rule: Rule, number: str, *facts: Fact) -> Letter:
        """Read the next letter: it is of that rule, of that number, and tells those facts."""
        waiting = self.house.letters(self.mail)
        assert waiting, f"no letter for {rule.template}"
        letter = waiting[0]
        expected = self.says(SUBJECTS[rule.template]).format(number)
        assert letter.subject == expected, [one.subject for one in waiting]
        letter.check(self.language, ends=may_be_refused(rule.kind), before=self.read)
        assert number in letter.text + letter.subject
        for fact in map(self.says, facts):
            assert fact in letter.text, letter.text
            assert " ".join(fact.split()) in letter.shown
        for link in letter.links:
            self.house.opens(link)
        if way_out := letter.mail["List-Unsubscribe"]:
            self.house.opens(str(way_out).strip("<> "))
        self.read.append(letter)
        self.house.heard.append((self, rule))
        return letter


class House:
    """The shop with both customers, and the mail server that has their letters."""

    def __init__(self, app: Flask, clock: StandingClock, server: SmtpServer) -> None:
        self.app = app
        self.clock = clock
        self._server = server
        self._read: dict[str, int] = {}
        self.heard: list[tuple[Customer, Rule]] = []
        self.runtime: Runtime = held_by(app)
        with self.runtime.unit_of_work(SYSTEM) as uow:
            shop = make_shop(uow)
            self.shop = shop
            self.customers = tuple(
                Customer(self, language, mail, replace(shop, customer_id=its), tag)
                for language, mail, tag, its in (
                    (
                        Language.JAPANESE,
                        "misaki.sato@example.jp",
                        "1",
                        shop.customer_id,
                    ),
                    (
                        Language.ENGLISH,
                        "emma.brown@example.com",
                        "2",
                        make_customer(
                            uow,
                            "emma.brown@example.com",
                            family_name="Brown",
                            given_name="Emma",
                            language=Language.ENGLISH,
                        ),
                    ),
                )
            )

    def do(self, act: Callable[[UnitOfWork], T], actor: Actor = SYSTEM) -> T:
        """One step, and everything that follows from it."""
        with self.runtime.unit_of_work(actor) as uow:
            made = act(uow)
        self.settle()
        return made

    def settle(self) -> None:
        settle(self.runtime)

    def letters(self, mail: str) -> list[Letter]:
        """What came for somebody and was not read yet, the oldest first."""
        came = [one for one in self._server.taken if one.to == [mail]]
        read = sum(who.mail == mail for who, _ in self.heard) + self._read.get(mail, 0)
        return [Letter.of(one.body) for one in came[read:]]

    def skip_reply(self, one: Customer) -> None:
        """What a colleague wrote is no notice: it is read, and stays in its thread."""
        letter = next(x for x in self.letters(one.mail))
        self._read[one.mail] = self._read.get(one.mail, 0) + 1
        one.read.append(letter)

    def say_what_is_due(self) -> None:
        """As the clock does in the morning."""
        for one in self.runtime.sweeps.all():
            if one.name == "speak-due-notices":
                self.do(one.run)

    def skip(self) -> None:
        """What led here is told by another walk."""
        self.settle()
        for one in self.customers:
            waiting = self.letters(one.mail)
            self._read[one.mail] = self._read.get(one.mail, 0) + len(waiting)
            one.read += waiting

    def opens(self, link: str) -> None:
        """A link leads to a page of ours that is there, without signing in."""
        parts = urlsplit(link)
        where = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = self.app.test_client().get(where, follow_redirects=True)
        assert answer.status_code == 200, where

    def turn_on(self, *rules: Rule) -> None:
        """The shop tells what it does not tell of itself."""
        from notifications import versions  # noqa: PLC0415 - of few walks

        with self.runtime.unit_of_work(SYSTEM) as uow:
            for rule in rules:
                wanted = versions.Wanted(
                    is_on=True,
                    urgency=rule.urgency,
                    once_a_day=rule.once_a_day,
                    quiet_from_h=rule.quiet_from_h,
                    quiet_until_h=rule.quiet_until_h,
                    texts={},
                )
                versions.change(uow, rule.template, wanted, version=0)

    def nothing_else(self) -> None:
        """All letters were read, and hearing of all facts again brings no other."""
        self.settle()
        unread = [letter.subject for one in self.customers for letter in self.letters(one.mail)]
        assert unread == [], unread
        told = len(self._server.taken)
        with self.runtime.unit_of_work(SYSTEM) as uow:
            gone = uow.session.execute(
                text("DELETE FROM deliveries WHERE subscriber LIKE 'notifications.%'")
            )
            assert gone.rowcount  # type: ignore[attr-defined]  # a DELETE's result has it
            uow.session.execute(text("UPDATE outbox SET reacted_at = NULL, next_at = NULL"))
            uow.session.execute(
                text("UPDATE effects SET state = 'waiting' WHERE subscriber LIKE '%send_message'")
            )
        self.settle()
        again = [Letter.of(one.body).subject for one in self._server.taken[told:]]
        assert again == [], again
        with self.runtime.database.looking() as session:
            query = text("SELECT step, cause FROM fallout WHERE step NOT LIKE 'payments.%'")
            broken = session.execute(query).all()
        assert broken == [], broken


assert set(SUBJECTS) == set(BY_TEMPLATE)
