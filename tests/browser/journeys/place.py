"""The one running house that all journeys of a test process share, and who comes to it.

Each journey brings its own people and orders; nothing is swept in between, so they may run in any
order, and beside each other.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from cases.after import rules as after_rules
from oms_service.adapters.mail.mailbox import letters
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language
from tests.browser.journeys.looks import Look
from tests.codes import code_in
from tests.factories.coming_back import adopt_claims, adopt_exchanges, adopt_returns, make_sibling
from tests.factories.pickups import stocked_counter
from tests.factories.shop import Shop, make_customer, make_shop
from tests.running import RunningHouse, a_running_house

PATIENCE_S: Final = 20.0
PLENTY: Final = 100_000


@dataclass(frozen=True)
class Person:
    """A customer of one journey alone."""

    id: int
    mail: str
    #: As pages say it in the language of the person.
    name: str


@dataclass(frozen=True)
class Place:
    """The house, its shop, and what journeys ask of them."""

    house: RunningHouse
    shop: Shop
    #: A shop with a counter, which sends nothing out.
    counter_id: int
    _addresses: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def customer(self, look: Look) -> Person:
        """Somebody new who speaks the language of the look."""
        with self.work() as uow:
            return self.customer_in(uow, look)

    def customer_in(self, uow: UnitOfWork, look: Look) -> Person:
        mail = f"{readable_code(8).lower()}@example.jp"
        family, given = look.either("佐藤", "Wilson"), look.either("美咲", "Emma")
        customer_id = make_customer(
            uow, mail, family_name=family, given_name=given, language=Language(look.language)
        )
        return Person(customer_id, mail, look.either("佐藤 美咲", "Emma Wilson"))

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        with self.house.runtime.unit_of_work(SYSTEM) as uow:
            yield uow

    def rows(self, sql: str, **values: object) -> Sequence[Any]:
        """What the database says now."""
        with self.house.runtime.database.looking() as session:
            return session.execute(text(sql), values).all()

    def one(self, sql: str, **values: object) -> Any:
        """The one value of the one row; None where there is no row."""
        with self.house.runtime.database.looking() as session:
            return session.execute(text(sql), values).scalar_one_or_none()

    def until(self, question: Callable[[], Any]) -> Any:
        """What ``question`` answers, as soon as it is something.

        Raises:
            TimeoutError: it never was.
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if found := question():
                return found
            time.sleep(0.03)
        raise TimeoutError("nothing came of it")

    def letter_to(self, mail: str, *, but: frozenset[str] = frozenset()) -> str:
        """The text of the next letter to an address."""
        folder = self.house.runtime.settings.state_dir / "mail"

        def found() -> str | None:
            came = (one for one in letters(folder) if one.to == mail and one.id not in but)
            return next((one.text for one in came), None)

        text_of_it: str = self.until(found)
        return text_of_it

    def code_for(self, mail: str) -> str:
        """The code that the next letter with one tells an address."""
        folder = self.house.runtime.settings.state_dir / "mail"

        def found() -> str | None:
            told = (code_in(one.text) for one in letters(folder) if one.to == mail)
            return next((code for code in told if code), None)

        code: str = self.until(found)
        return code

    def next_address(self) -> str:
        """A network address of one visitor, as a proxy in front would name it."""
        number = next(self._addresses)
        return f"198.18.{number // 250}.{number % 250 + 1}"


@contextmanager
def a_place(database_url: str, redis_url: str, folder: Path) -> Iterator[Place]:
    """A house with a shop whose rules decide most things at once."""
    running = a_running_house(
        database_url, redis_url, folder, TRUSTED_PROXIES="1", WEBHOOKS_PRIVATE="1"
    )
    with running as house:
        with house.runtime.unit_of_work(SYSTEM) as uow:
            shop = make_shop(uow, stock=PLENTY)
            held = after_rules.in_force(uow.session)
            after_rules.change(
                uow,
                after_rules.Rules(
                    ask_after_minutes=0,
                    feedback_after_hours=0,
                    not_again_days=0,
                    version=held.version,
                ),
            )
            needs_photo = {"damaged": {"evidence": ["photo"]}}
            adopt_returns(uow, shop, reasons=needs_photo, send_back_within_days=14, must_agree=True)
            adopt_exchanges(uow, shop)
            adopt_claims(uow, shop, at_once_up_to_minor=5_000)
            make_sibling(
                uow, shop, "COFFEE-L", price=1_200, stock=PLENTY, options={"size": "500 g"}
            )
            counter_id = stocked_counter(uow, shop, PLENTY)
        yield Place(house, shop, counter_id)
