"""What may be changed of an order after it was placed: a policy read from data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Words
from oms_service.operations.rules.policy import Approval
from oms_service.operations.rules.rule_reader import RuleReader
from oms_service.orders.states import ChangeKind
from oms_service.payments.states import MethodKind
from oms_service.sales import service as sales
from oms_service.sales.queries import PolicyView

#: The kind under which these policies are stored.
CHANGES: Final = "changes"
#: The longest time a customer has, in minutes: a year.
MOST_MINUTES: Final = 525_600
#: The most changes of one kind that a rule may count.
MOST_TIMES: Final = 1_000

#: What the shop's own pages offer where a policy accepts every reason.
USUAL_REASONS: Final = (
    "no_longer_needed",
    "ordered_by_mistake",
    "takes_too_long",
    "out_of_stock",
    "fraud",
    "other",
)


class Stage(StrEnum):
    """How far the work on units that are still in the house got."""

    OPEN = "open"
    PICKING = "picking"


class Late(StrEnum):
    """What becomes of a wish that comes after its time."""

    REFUSED = "refused"
    PERSON = "person"


class Speed(StrEnum):
    """Kinds of delivery that an order can be moved up to."""

    NEXT_DAY = "next_day"
    EXPRESS = "express"
    SAME_DAY = "same_day"


@dataclass(frozen=True, kw_only=True)
class SpeedRules:
    """What a faster delivery costs on top, in minor units, and how many days it takes."""

    charge_minor: int
    days: int


@dataclass(frozen=True, kw_only=True)
class KindRules:
    """What holds for one kind of change; ``ChangeRules`` shows it as data."""

    until: Stage = Stage.OPEN
    partly_shipped: bool = False
    on_hold: bool = True
    cut_off_minutes: int | None = None
    late: Late = Late.REFUSED
    approval: Approval = Approval.AT_ONCE
    at_most: int | None = None
    is_final: bool = False
    methods: frozenset[MethodKind] | None = None


@dataclass(frozen=True, kw_only=True)
class CancelRules(KindRules):
    reasons: frozenset[str] | None = None
    in_part: bool = True


@dataclass(frozen=True, kw_only=True)
class ItemRules(KindRules):
    same_product: bool = True
    #: Whether a difference in price needs a method that the asker names.
    names_method: bool = False


@dataclass(frozen=True, kw_only=True)
class QuantityRules(KindRules):
    up: bool = True
    down: bool = True


@dataclass(frozen=True, kw_only=True)
class ExpediteRules(KindRules):
    speeds: Mapping[Speed, SpeedRules] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class ChangeRules:
    """A policy for changes.

    As data: a table for each kind of change that is offered, every key in it optional::

        {"cancel": {"reasons": ["no_longer_needed"], "in_part": true, "until": "picking"},
         "address": {"cut_off_minutes": 120, "late": "person"},
         "payment": {"at_most": 1, "methods": ["card", "gift_card"]},
         "items": {"at_most": 1, "is_final": true, "same_product": true, "names_method": true},
         "quantity": {"up": false, "partly_shipped": true},
         "expedite": {"speeds": {"express": {"charge_minor": 800, "days": 1}}},
         "delivery": {"until": "picking"}}

    ``until`` says how far the warehouse may be; what is packed or shipped no policy can change.
    ``is_final`` ends all changing: after such a change nothing more may be changed or cancelled.
    ``methods`` are those a difference, or the whole, may be paid with.
    """

    cancel: CancelRules | None = None
    address: KindRules | None = None
    payment: KindRules | None = None
    items: ItemRules | None = None
    quantity: QuantityRules | None = None
    expedite: ExpediteRules | None = None
    delivery: KindRules | None = None

    def of(self, kind: ChangeKind) -> KindRules | None:
        """What holds for a kind; None where it is not offered."""
        found: KindRules | None = getattr(self, kind)
        return found

    @property
    def final_kinds(self) -> frozenset[ChangeKind]:
        return frozenset(kind for kind in ChangeKind if (rules := self.of(kind)) and rules.is_final)


#: What holds where a channel states nothing: everything that costs nobody anything, as long as
#: nobody has begun to work on the order; calling off even then, up to packing.
USUAL: Final = ChangeRules(
    cancel=CancelRules(until=Stage.PICKING, partly_shipped=True),
    address=KindRules(),
    payment=KindRules(),
    items=ItemRules(partly_shipped=True),
    quantity=QuantityRules(partly_shipped=True),
    delivery=KindRules(until=Stage.PICKING),
)


def read(rules: Mapping[str, Any]) -> ChangeRules:
    """The policy that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key, such as ``items.at_most``.
    """
    reader = RuleReader(rules)
    found: dict[ChangeKind, KindRules] = {}
    for kind in ChangeKind:
        table = reader.table(kind)
        if table is not None:
            found[kind] = _KINDS[kind](table)
            table.close()
    reader.finish("policy for changes")
    return ChangeRules(**{str(kind): of for kind, of in found.items()})  # type: ignore[arg-type]  # each reader makes its own kind


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
) -> PolicyView:
    """Put a new policy for changes in force for a channel.

    Raises:
        Invalid: the rules cannot be read; nothing is changed.
    """
    read(rules)
    return sales.put_in_force(
        uow, channel_id=channel_id, kind=CHANGES, rules=rules, text=text, since=since
    )


def _common(table: RuleReader) -> dict[str, Any]:
    return {
        "until": table.one_of(Stage, "until", Stage.OPEN),
        "partly_shipped": table.flag("partly_shipped", default=False),
        "on_hold": table.flag("on_hold", default=True),
        "cut_off_minutes": table.whole("cut_off_minutes", most=MOST_MINUTES),
        "late": table.one_of(Late, "late", Late.REFUSED),
        "approval": table.one_of(Approval, "approval", Approval.AT_ONCE),
        "at_most": table.whole("at_most", most=MOST_TIMES),
        "is_final": table.flag("is_final", default=False),
        "methods": table.some_of(MethodKind, "methods"),
    }


def _plain(table: RuleReader) -> KindRules:
    return KindRules(**_common(table))


def _cancel(table: RuleReader) -> KindRules:
    reasons = table.texts("reasons")
    return CancelRules(
        **_common(table), reasons=reasons or None, in_part=table.flag("in_part", default=True)
    )


def _items(table: RuleReader) -> KindRules:
    return ItemRules(
        **_common(table),
        same_product=table.flag("same_product", default=True),
        names_method=table.flag("names_method", default=False),
    )


def _quantity(table: RuleReader) -> KindRules:
    return QuantityRules(
        **_common(table),
        up=table.flag("up", default=True),
        down=table.flag("down", default=True),
    )


def _expedite(table: RuleReader) -> KindRules:
    speeds = {}
    for speed, of in table.tables(Speed, "speeds", word="kind of delivery").items():
        of.needs("charge_minor")
        speeds[speed] = SpeedRules(
            charge_minor=of.whole("charge_minor") or 0, days=of.whole("days", 1, most=60) or 0
        )
        of.close()
    return ExpediteRules(**_common(table), speeds=speeds)


_KINDS: Final = {
    ChangeKind.CANCEL: _cancel,
    ChangeKind.ADDRESS: _plain,
    ChangeKind.PAYMENT: _plain,
    ChangeKind.ITEMS: _items,
    ChangeKind.QUANTITY: _quantity,
    ChangeKind.EXPEDITE: _expedite,
    ChangeKind.DELIVERY: _plain,
}
