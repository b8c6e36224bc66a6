"""What tells customers of an order: whose it is, in which language, where it can be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from notifications import service
from notifications.rules import Rule
from notifications.service import Told
from notifications.stops import Stops
from oms_service.conversations.channels import ASSISTANT, LINE, SLACK, WEBCHAT
from oms_service.history.links import Links
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.states import OrderState

#: Where people are answered on the spot, so that a notice would say it twice.
ANSWERED_AT_ONCE: Final = frozenset({WEBCHAT, LINE, SLACK, ASSISTANT})
#: What happened longer ago, as in orders that were brought along from elsewhere, is no news.
NEWS: Final = timedelta(days=1)


@dataclass(frozen=True)
class Teller:
    """The shop's zone, the links to pages of orders, and those that end mail of a kind."""

    zone: ZoneInfo
    links: Links
    stops: Stops | None = None

    def of_order(
        self,
        uow: UnitOfWork,
        rule: Rule,
        order_id: int,
        *,
        key: object,
        facts: Mapping[str, Any] | None = None,
        of: int | None = None,
    ) -> None:
        """Tell the customer of an order; ``key`` says once of what, ``of`` what it is a step of."""
        order = orders.by_id(uow.session, order_id)
        if order.order_state is OrderState.DRAFT and not (facts or {}).get("code"):
            return
        told = Told(
            rule=rule,
            key=f"{rule.template}:{key}",
            customer_id=order.customer_id,
            language=order.language,
            facts={"order": order.number, **self.page(uow, order), **(facts or {})},
            order_id=order_id,
            of=of,
        )
        service.tell(uow, told, zone=self.zone, stops=self.stops)

    def page(self, uow: UnitOfWork, order: OrderView) -> dict[str, str]:
        """Where an order can be looked at; a mere reservation has no such page."""
        if order.order_state is OrderState.DRAFT:
            return {}
        return {"page": self.links.page(self.links.token(order.number, order.customer_id, uow.now))}


def items(uow: UnitOfWork, order_id: int) -> dict[str, Any]:
    """The goods of an order, as notices name them."""
    return named(orders.lines(uow.session, order_id))


def named(lines: Sequence[LineView]) -> dict[str, Any]:
    """Some goods, as notices name them."""
    return {
        "first_item": dict(lines[0].name) if lines else {},
        "further_items": max(0, len(lines) - 1),
    }


def is_news(uow: UnitOfWork, at: str) -> bool:
    """Whether an ISO moment is so recent that somebody waits to hear of it."""
    return datetime.fromisoformat(at) >= uow.now - NEWS
