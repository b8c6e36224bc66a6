"""How much somebody may let a colleague give back alone: no more than they may themselves."""

from collections.abc import Collection, Mapping
from typing import Final

from oms_service.access.queries import StaffView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import actors
from oms_service.operations.money import refunding
from oms_service.operations.rules import payment_rules
from oms_service.payments import limits
from oms_service.payments.limits import OwnLimit
from oms_service.payments.states import RefundPart
from oms_service.sales import queries as sales

#: The limit that is said for each part of an order's money.
PARTS: Final[Mapping[str, RefundPart]] = {
    "refund_up_to_minor": RefundPart.ORDER,
    "goodwill_up_to_minor": RefundPart.GOODWILL,
}


def too_much(
    uow: UnitOfWork, giver: StaffView, before: Collection[OwnLimit], wanted: Collection[OwnLimit]
) -> frozenset[tuple[str, str]]:
    """What of ``wanted`` is more than the giver has: names of limits, each with its currency.

    What stays as it is counts for nothing. Who has a limit of their own frees nobody from one,
    since what roles may give could be more.
    """
    had, now = ({one.currency: one for one in given} for given in (before, wanted))
    own = {one.currency: one for one in limits.of(uow.session, giver.id)}
    found = set()
    for currency in had.keys() | now.keys():
        for name in PARTS:
            was = getattr(had.get(currency), name, None)
            new = getattr(now.get(currency), name, None)
            if new == was:
                continue
            if new is None:
                is_above = getattr(own.get(currency), name, None) is not None
            else:
                most = _most(uow, giver, name, currency)
                is_above = most is not None and new > most
            if is_above:
                found.add((name, currency))
    return frozenset(found)


def capped(own: Collection[OwnLimit], theirs: Collection[OwnLimit]) -> tuple[OwnLimit, ...]:
    """The limits ``theirs``, none above the limits ``own`` of whoever gives them a role."""
    ours = {one.currency: one for one in own}
    had = {one.currency: one for one in theirs}
    return tuple(
        OwnLimit(
            currency=currency,
            **{name: _least(had.get(currency), ours.get(currency), name) for name in PARTS},
        )
        for currency in sorted(ours.keys() | had.keys())
    )


def _least(one: OwnLimit | None, other: OwnLimit | None, name: str) -> int | None:
    said = [minor for of in (one, other) if (minor := getattr(of, name, None)) is not None]
    return min(said, default=None)


def _most(uow: UnitOfWork, giver: StaffView, name: str, currency: str) -> int | None:
    """What the giver may give alone in the channel that lets them give most; None is any amount.

    In a currency that no channel sells in, what holds without a policy.
    """
    channels = [one for one in sales.channels(uow.session) if one.currency == currency]
    policies = [payment_rules.of_channel(uow.session, one.id, at=uow.now) for one in channels] or [
        payment_rules.DEFAULT
    ]
    givers = refunding.givers_of(giver.roles)
    by = actors.staff(giver.id)
    found = [
        refunding.limit_of(uow.session, by, rules, PARTS[name], currency, givers)
        for rules in policies
    ]
    return None if None in found else max(one for one in found if one is not None)
