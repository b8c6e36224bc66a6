"""What customers are told when something happens. The words and the hour are decided elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cases import queries as cases
from cases.after.links import AfterLinks, Opens
from cases.events import CaseResolved
from cases.views import CaseView
from notifications import due, of_parcels, rules, service, unread
from notifications.rules import Rule
from notifications.service import Told
from notifications.stops import Stops
from oms_service.conversations.events import MessageFailed
from oms_service.history.links import Links
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.money import Money
from oms_service.operations.rules import delay_rules
from oms_service.operations.rules.delay_rules import DelayRules
from oms_service.orders import queries as orders
from oms_service.orders.events import OrderCancelled
from oms_service.payments.events import RefundPaid
from oms_service.returns import queries as returns
from oms_service.returns.events import ReturnApproved, ReturnReceived, ReturnRejected
from oms_service.returns.states import ReturnKind
from oms_service.sales import queries as sales
from oms_service.shipping import outlooks
from oms_service.shipping.events import (
    AboutOutlook,
    OrderLate,
    OrderPromiseChanged,
    OrderRecovered,
    OrderStalled,
    ParcelDelivered,
    ShipmentDelayed,
    ShipmentRecovered,
)
from oms_service.shipping.states import Cause, Jeopardy


@dataclass(frozen=True)
class Telling:
    """The reactions, which know the shop's zone, and the links to pages of deliveries."""

    zone: ZoneInfo
    links: Links | None = None
    afterwards: AfterLinks | None = None
    #: The address of a return's label, by its number.
    label: Callable[[Session, str], str] | None = None
    stops: Stops | None = None

    def delayed(self, uow: UnitOfWork, event: ShipmentDelayed) -> None:
        self._slipped(uow, event, parcel_id=event.parcel_id)

    def promised_anew(self, uow: UnitOfWork, event: OrderPromiseChanged) -> None:
        """The same of goods that have not left; a new day of stock has a notice of its own."""
        if event.cause != Cause.STOCK:
            self._slipped(uow, event, parcel_id=None)

    def late(self, uow: UnitOfWork, event: OrderLate) -> None:
        """The promised day is over; a customer who holds a later one has been told already."""
        told_until = datetime.fromisoformat(event.told_until) if event.told_until else None
        if told_until is None or told_until <= uow.now:
            self._stands(uow, rules.LATE, event, Jeopardy.LATE)

    def stalled(self, uow: UnitOfWork, event: OrderStalled) -> None:
        self._stands(uow, rules.STALLED, event, Jeopardy.STALLED)

    def well_again(self, uow: UnitOfWork, event: OrderRecovered) -> None:
        """Bad news that waited is not told any more; whoever was told some hears of the end.

        That an address is in order again has a notice of its own.
        """
        service.withdraw(uow, rules.RECOVERED, event.order_id, why="recovered")
        because = service.bad_news(uow.session, rules.RECOVERED, event.order_id)
        if because is not None and because != Cause.ADDRESS:
            self._stands(uow, rules.RECOVERED, event, Jeopardy.ON_TIME)

    def recovered(self, uow: UnitOfWork, event: ShipmentRecovered) -> None:
        """A delay that nobody has been told of is not told any more."""
        service.withdraw(
            uow, rules.DELAY, event.order_id, why="recovered", parcel_id=event.parcel_id
        )

    def delivered(self, uow: UnitOfWork, event: ParcelDelivered) -> None:
        """Nobody is told in the morning that what came at night will be late, or has left."""
        for rule in (rules.DELAY, rules.SHIPPED):
            service.withdraw(uow, rule, event.order_id, why="delivered", parcel_id=event.parcel_id)
        now = outlooks.of_order(uow.session, event.order_id)
        if now is not None and not now.is_open:
            for rule in (rules.DELAY, rules.SHIPPED):
                service.withdraw(uow, rule, event.order_id, why="delivered")

    def called_off(self, uow: UnitOfWork, event: OrderCancelled) -> None:
        """Nobody is told that what they do not wait for is late."""
        service.withdraw(uow, rules.DELAY, event.order_id, why="called_off")

    def approved(self, uow: UnitOfWork, event: ReturnApproved) -> None:
        """What policy allowed at once was told on the spot; of a claim its own notice tells."""
        if event.by_policy:
            return
        if returns.by_id(uow.session, event.return_id).kind is not ReturnKind.CLAIM:
            how = self._how_to_send(uow, event.return_id)
            self._of_return(uow, rules.RETURN_APPROVED, event.return_id, more=how)

    def rejected(self, uow: UnitOfWork, event: ReturnRejected) -> None:
        self._of_return(uow, rules.RETURN_REJECTED, event.return_id)

    def received(self, uow: UnitOfWork, event: ReturnReceived) -> None:
        """Of money only what is new: parcels that came before told of theirs."""
        last = event.refund_minor if event.last_minor is None else event.last_minor
        of = {"refund_of": "rest" if last < event.refund_minor else "all"}
        owed = Money(last, event.currency)
        self._of_return(uow, rules.RETURN_RECEIVED, event.return_id, owed, more=of)

    def paid(self, uow: UnitOfWork, event: RefundPaid) -> None:
        facts = {"refund_minor": event.amount_minor, "currency": event.currency}
        self._of_order(uow, rules.REFUND_PAID, event.order_id, str(event.refund_id), facts)

    def resolved(self, uow: UnitOfWork, event: CaseResolved) -> None:
        """Only what a colleague ended; the rest is told by what brought it about."""
        if event.follows or event.resolution not in rules.TOLD_ENDINGS:
            return
        case = cases.by_id(uow.session, event.case_id)
        if case.customer_id is None or case.is_internal:
            return
        told = Told(
            rule=rules.CASE_RESOLVED,
            key=f"{rules.CASE_RESOLVED.template}:{case.id}:{uow.causation_id}",
            customer_id=case.customer_id,
            language=case.language,
            facts={"case_number": case.number, "link": self._link(case)},
            order_id=case.order_id,
            of=case.id,
        )
        service.tell(uow, told, zone=self.zone, stops=self.stops)

    def _link(self, case: CaseView) -> str:
        if self.afterwards is None or case.customer_id is None:
            return ""
        return self.afterwards.url(Opens.CASE, case.id, case.customer_id)

    def letter_failed(self, uow: UnitOfWork, event: MessageFailed) -> None:
        """What could not be brought one way is said by another."""
        service.fall_back(uow, event.message_id, zone=self.zone, stops=self.stops)

    def speak_due(self, uow: UnitOfWork) -> int:
        """The sweep of the morning."""
        return due.speak_due(uow, zone=self.zone, stops=self.stops)

    def go_further(self, uow: UnitOfWork) -> int:
        """The sweep of what nobody has read."""
        return unread.go_further(uow, zone=self.zone, stops=self.stops)

    def _slipped(
        self,
        uow: UnitOfWork,
        event: ShipmentDelayed | OrderPromiseChanged,
        *,
        parcel_id: int | None,
    ) -> None:
        if Jeopardy.AT_RISK not in self._rules(uow, event.order_id).told_of:
            return
        if self._comes_as_told(uow, parcel_id, event.new_until):
            return
        facts = {
            "old_from": event.old_from,
            "old_until": event.old_until,
            "new_from": event.new_from,
            "new_until": event.new_until,
            "cause": event.cause,
            "parcel_id": parcel_id,
            **_items(uow, event.order_id),
        }
        self._of_order(uow, rules.DELAY, event.order_id, str(event.promise_id), facts)

    def _stands(self, uow: UnitOfWork, rule: Rule, event: AboutOutlook, jeopardy: Jeopardy) -> None:
        """Tell how an order stands, unless that is over already or the house's own business."""
        now = outlooks.of_order(uow.session, event.order_id)
        if now is None or not now.is_open or now.change != event.change:
            return
        if event.cause in rules.INTERNAL:
            return
        if jeopardy not in self._rules(uow, event.order_id).told_of:
            return
        if self._comes_as_told(uow, event.parcel_id, event.estimated_until):
            return
        facts = {
            "expected_from": event.estimated_from,
            "expected_until": event.estimated_until,
            "cause": event.cause,
            "parcel_id": event.parcel_id,
            **_items(uow, event.order_id),
        }
        self._of_order(uow, rule, event.order_id, f"{event.order_id}:{event.change}", facts)

    def _comes_as_told(self, uow: UnitOfWork, parcel_id: int | None, until: str | None) -> bool:
        """Whether all the news is that a parcel comes today, of which its own notice tells."""
        if parcel_id is None or not until:
            return False
        today = uow.now.astimezone(self.zone).date()
        if datetime.fromisoformat(until).astimezone(self.zone).date() != today:
            return False
        key = of_parcels.key(rules.OUT_FOR_DELIVERY, parcel_id, today)
        return service.is_told(uow.session, key)

    def _rules(self, uow: UnitOfWork, order_id: int) -> DelayRules:
        order = orders.by_id(uow.session, order_id)
        return delay_rules.in_force(uow.session, order.channel_id, at=uow.now)

    def _of_return(
        self,
        uow: UnitOfWork,
        rule: Rule,
        return_id: int,
        owed: Money | None = None,
        *,
        more: Mapping[str, str] | None = None,
    ) -> None:
        found = returns.by_id(uow.session, return_id)
        refund = found.refund if owed is None else owed
        facts = {
            "return_number": found.number,
            "refund_minor": refund.minor,
            "currency": refund.currency,
            "reason": found.answer,
            **(more or {}),
        }
        self._of_order(uow, rule, found.order_id, str(return_id), facts, of=return_id)

    def _how_to_send(self, uow: UnitOfWork, return_id: int) -> dict[str, str]:
        """Where the label is, and the terms that the return was asked for under."""
        found = returns.by_id(uow.session, return_id)
        said = {}
        if self.label is not None:
            said["label"] = self.label(uow.session, found.number)
        terms = sales.policy_by_id(uow.session, found.policy_id) if found.policy_id else None
        if terms is not None and any(terms.text.values()) and self.links is not None:
            said["terms"] = f"{self.links.base}/return-terms/{terms.id}"
        return said

    def _of_order(
        self,
        uow: UnitOfWork,
        rule: Rule,
        order_id: int,
        key: str,
        facts: dict[str, Any],
        *,
        of: int | None = None,
    ) -> None:
        order = orders.by_id(uow.session, order_id)
        if rule.about == rules.ARRIVAL and self.links is not None:
            token = self.links.token(order.number, order.customer_id, uow.now)
            has_day = bool(facts.get("new_from") or facts.get("expected_from"))
            facts = {
                **facts,
                "page": self.links.page(token),
                # What has no day is in nobody's calendar.
                "calendar": self.links.calendar(token) if has_day else "",
            }
        told = Told(
            rule=rule,
            key=f"{rule.template}:{key}",
            customer_id=order.customer_id,
            language=order.language,
            facts={"order": order.number, **facts},
            order_id=order_id,
            of=of,
        )
        service.tell(uow, told, zone=self.zone, stops=self.stops)


def _items(uow: UnitOfWork, order_id: int) -> dict[str, Any]:
    lines = orders.lines(uow.session, order_id)
    return {
        "first_item": dict(lines[0].name) if lines else {},
        "further_items": max(0, len(lines) - 1),
    }
