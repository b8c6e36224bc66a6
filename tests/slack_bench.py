"""Cases in channels of a Slack, and colleagues who press there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bots.slack import drawing, queries
from bots.slack.couriers import Sending
from bots.slack.stage.acting import Player
from cases import queries as cases
from cases.routing import queries as routing
from cases.routing.queries import QueueView
from cases.taxonomy import sorting
from cases.taxonomy.sorting import Sorting
from cases.views import CaseView
from cases.writing import answering
from oms_service.access import staff as access
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.conversations import queries as conversations
from oms_service.kernel.actors import SYSTEM
from tests.factories.cases import make_case, make_chat, make_return_case
from tests.factories.orders import make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.slack_desk import SlackDesk


@dataclass
class Bench:
    """A channel with cases in it, and an agent who works there."""

    desk: SlackDesk
    sending: Sending
    shop: Shop
    queue: str
    channel: str
    agent: Player
    staff: StaffView

    def open(self, **given: Any) -> CaseView:
        """A new case; its card stands in the channel."""
        with self.desk.runtime.unit_of_work(SYSTEM) as uow:
            chat = make_chat(uow, customer_id=self.shop.customer_id)
            given = {"customer_id": self.shop.customer_id, "conversation_id": chat.id, **given}
            made = make_case(uow, **given)
        self.bring()
        return self.now(made)

    def about_order(self, **given: Any) -> CaseView:
        """A case about an order of two coffees that has arrived."""
        with self.desk.runtime.unit_of_work(SYSTEM) as uow:
            order = make_delivered_order(uow, self.shop)
        return self.open(order_id=order.id, **given)

    def about_return(self) -> CaseView:
        """A case about one of two coffees that is to go back."""
        with self.desk.runtime.unit_of_work(SYSTEM) as uow:
            chat = make_chat(uow, customer_id=self.shop.customer_id)
            made = make_return_case(uow, self.shop, conversation_id=chat.id)
            sorting.sort(uow, made.id, Sorting(queue=self.queue))
        self.bring()
        return self.now(made)

    def said(self, case: CaseView) -> list[str]:
        """What we have said to the customer so far."""
        with self.desk.runtime.database.reading() as connection:
            thread = conversations.thread(connection, self.now(case).conversation_id or 0)
        return [one.text for one in thread if str(one.direction) == "out"]

    def leave(self) -> None:
        """Let answers leave whose time has come."""
        self.desk.clock.advance(seconds=self.desk.runtime.settings.reply_undo_s + 1)
        with self.desk.runtime.unit_of_work(SYSTEM) as uow:
            answering.send_due(uow)

    def below(self, case: CaseView) -> list[dict[str, Any]]:
        """The answers on their way that stand below its card."""
        return [
            one
            for one in self.desk.below(*self.root(case))
            if str(one["metadata"]["event_payload"]["key"]).startswith("leaving:")
        ]

    def menu(self, case: CaseView, verb: str, by: Player | None = None) -> Any:
        """Press in the window of everything that can be done."""
        self.choose(case, "all", by)
        return (by or self.agent).press_in_window(f"case:{verb}")

    def files(self, *made: tuple[str, bytes]) -> list[dict[str, Any]]:
        """Files that the agent has brought to Slack, as a form names them."""
        book, me = self.desk.slack.book, self.agent.me.id
        return [book.files.told(book.files.own(name, raw, user=me)) for name, raw in made]

    def bring(self) -> int:
        return self.desk.bring(self.sending)

    def now(self, case: CaseView) -> CaseView:
        """The case as it stands now."""
        with self.desk.runtime.database.reading() as connection:
            return cases.by_id(connection, case.id)

    def root(self, case: CaseView) -> tuple[str, str]:
        """Where its card stands: the channel, and when it was posted."""
        with self.desk.runtime.database.reading() as connection:
            found = queries.thread_of(connection, case.id)
        assert found is not None
        return found.channel.slack_id, found.ts

    def card(self, case: CaseView) -> dict[str, Any]:
        channel, ts = self.root(case)
        book = self.desk.slack.book
        return book.messages.get(book.channels.get(channel), ts)

    def press(self, case: CaseView, verb: str, by: Player | None = None, **more: Any) -> Any:
        """Press a button of its card."""
        channel, ts = self.root(case)
        return (by or self.agent).press(channel, ts, f"case:{verb}", **more)

    def choose(self, case: CaseView, verb: str, by: Player | None = None) -> Any:
        """Choose a line of the menu of its card; what the card has no room for in the window."""
        channel, ts = self.root(case)
        who = by or self.agent
        for block in self.card(case)["blocks"]:
            for element in block.get("elements", ()):
                for option in element.get("options", ()):
                    if f'"do":"{verb}"' in option["value"]:
                        return who.press(channel, ts, "case:more", choose=option["value"])
        raise AssertionError(f"nothing to choose: {verb} in {self.card(case)['blocks']}")

    def colleague(self, name: str, role: Role) -> tuple[Player, StaffView]:
        """Somebody else who sits in the channel."""
        player, staff = self.desk.colleague(name, role)
        self.desk.slack.book.channel(self.channel).members.append(player.me.id)
        return player, staff

    def queues(self) -> Sequence[QueueView]:
        with self.desk.runtime.database.reading() as connection:
            return routing.queues(connection)

    def limit(self, staff: StaffView, *, but: int) -> None:
        """Limit a colleague to every queue but this one."""
        with self.desk.runtime.unit_of_work(SYSTEM) as uow:
            others = [one.id for one in routing.queues(uow.session) if one.id != but]
            access.limit(uow, staff.id, queues=others, locations=())

    def whispers(self, who: Player | None = None) -> list[str]:
        """What was said to somebody alone."""
        me = (who or self.agent).me.id
        return [one["text"] for one in self.desk.slack.book.messages.ephemerals if one["to"] == me]

    def count(self, table: str, where: str = "true") -> int:
        with self.desk.runtime.database.reading() as connection:
            row = connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE {where}")  # noqa: S608
            return int(row.scalar_one())


def a_bench(desk: SlackDesk) -> Bench:
    """A shop, a channel for its cases, and an agent who sits in it."""
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        probe = make_case(uow, customer_id=shop.customer_id)
    with desk.runtime.database.reading() as connection:
        found = "SELECT code FROM queues WHERE id = %s"
        code = connection.exec_driver_sql(found, (probe.queue_id,))
        queue = str(code.scalar_one())
    agent, staff = desk.colleague("Mika Sato", Role.AGENT)
    channel = desk.channel_of(queue, agent)
    sending = drawing.sending(desk.runtime)
    return Bench(desk, sending, shop, queue, channel, agent, staff)
