"""Whether an order may be changed: a pure decision, in the words of ``eligibility``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from oms_service.kernel.errors import DomainError
from oms_service.operations.rules.change_rules import (
    CancelRules,
    ChangeRules,
    ExpediteRules,
    ItemRules,
    KindRules,
    Late,
    QuantityRules,
    Speed,
    Stage,
)
from oms_service.operations.rules.eligibility import Cause, Code, Outcome
from oms_service.operations.rules.policy import Approval
from oms_service.orders.policy import Counters
from oms_service.orders.states import ChangeKind, OrderState
from oms_service.payments.states import MethodKind


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """What is known of an order that somebody wants to change.

    ``lines`` are the counters by order line. ``minutes_ago`` is when it was placed, None where
    nobody said. ``changed`` names what was changed of it before.
    """

    state: OrderState
    is_held: bool
    lines: Mapping[int, Counters]
    minutes_ago: int | None
    changed: Sequence[ChangeKind] = ()
    has_label: bool = False
    is_collected: bool = False
    payment_waits: bool = False

    @property
    def has_shipped(self) -> bool:
        return any(line.shipped for line in self.lines.values())

    def left(self, line_id: int) -> int:
        """Units of a line that are wanted and still in the house."""
        line = self.lines[line_id]
        return line.wanted - line.shipped


@dataclass(frozen=True, kw_only=True)
class Instead:
    """Units of a line and the variant wanted in their place; ``free`` may be promised now."""

    line_id: int
    quantity: int
    is_same: bool
    is_same_product: bool
    is_sold: bool
    variant_id: int
    free: int


@dataclass(frozen=True)
class ChangeDecision:
    """The answer to a wish; with causes unless it is allowed at once."""

    outcome: Outcome
    causes: tuple[Cause, ...]

    @property
    def is_refused(self) -> bool:
        return self.outcome is Outcome.REFUSED

    @property
    def failed_rule(self) -> str:
        """The rule that sends it to a person; empty when none does."""
        return str(self.causes[0].code) if self.outcome is Outcome.PERSON else ""


class ChangeRefused(DomainError):
    """The policy does not allow the change; ``decision`` says why."""

    code: ClassVar[str] = "change-refused"

    def __init__(self, decision: ChangeDecision) -> None:
        super().__init__(f"this cannot be changed: {', '.join(c.code for c in decision.causes)}")
        self.decision = decision


def decide(
    kind: ChangeKind,
    rules: ChangeRules,
    facts: OrderFacts,
    *,
    units: Mapping[int, int] | None,
    own: Iterable[Cause],
) -> ChangeDecision:
    """What the policy says of a wish.

    Args:
        kind: what it is about.
        rules: the channel's policy.
        facts: the order as it stands.
        units: by line, those that are taken back; None where it is about the whole order.
        own: what stands against this wish in particular, from the functions below.
    """
    of = rules.of(kind)
    refusals = tuple(_general(kind, of, rules, facts, units))
    if not refusals:
        refusals = tuple(own)
    if refusals or of is None:
        return ChangeDecision(Outcome.REFUSED, refusals)
    doubts = tuple(_doubts(of, facts))
    return ChangeDecision(Outcome.PERSON if doubts else Outcome.AT_ONCE, doubts)


def of_cancelling(rules: CancelRules, reason: str, *, in_part: bool) -> Iterator[Cause]:
    """What stands against calling off for a reason."""
    if in_part and not rules.in_part:
        yield Cause(Code.CHANGE_NOT_OFFERED)
    if rules.reasons is not None and reason not in rules.reasons:
        yield Cause(Code.REASON_NOT_ACCEPTED, {"reason": reason})


def of_fewer(facts: OrderFacts, units: Mapping[int, int]) -> Iterator[Cause]:
    """What stands against taking units back: more than are wanted and still here."""
    for line_id, count in units.items():
        if count > facts.left(line_id):
            yield Cause(Code.NOT_SO_MANY, {"left": facts.left(line_id)})


def of_address(
    facts: OrderFacts, *, is_same: bool, is_served: bool, lacks: bool
) -> Iterator[Cause]:
    """What stands against another address."""
    if facts.is_collected:
        yield Cause(Code.COLLECTED_IN_SHOP)
    elif facts.has_label:
        yield Cause(Code.LABEL_BOUGHT)
    elif not is_served:
        yield Cause(Code.ADDRESS_NOT_SERVED)
    elif lacks:
        yield Cause(Code.ADDRESS_INCOMPLETE)
    elif is_same:
        yield Cause(Code.NOTHING_CHANGES)


def of_payment(
    rules: KindRules, *, is_paid: bool, is_same: bool, method: MethodKind | None
) -> Iterator[Cause]:
    """What stands against another payment method; ``method`` is None where it is not theirs."""
    if method is None:
        yield Cause(Code.METHOD_NOT_YOURS)
    elif not is_paid:
        yield Cause(Code.NOT_PAID_YET)
    elif is_same:
        yield Cause(Code.NOTHING_CHANGES)
    else:
        yield from _of_method(rules, method)


def of_items(rules: ItemRules, facts: OrderFacts, swaps: Sequence[Instead]) -> Iterator[Cause]:
    """What stands against other variants; several swaps may take units of one line."""
    taken: dict[int, int] = {}
    for one in swaps:
        taken[one.line_id] = taken.get(one.line_id, 0) + one.quantity
    yield from of_fewer(facts, taken)
    wanted = _units(swaps)
    for one in swaps:
        if one.is_same:
            yield Cause(Code.SAME_VARIANT)
        elif rules.same_product and not one.is_same_product:
            yield Cause(Code.OTHER_PRODUCT)
        else:
            yield from _unavailable(one, wanted)


def of_quantity(
    rules: QuantityRules, facts: OrderFacts, more: Sequence[Instead], fewer: Mapping[int, int]
) -> Iterator[Cause]:
    """What stands against other quantities: ``more`` of some variants, ``fewer`` of some lines."""
    if not more and not fewer:
        yield Cause(Code.NOTHING_CHANGES)
    if fewer and not rules.down:
        yield Cause(Code.FEWER_NOT_OFFERED)
    yield from of_fewer(facts, fewer)
    if more and not rules.up:
        yield Cause(Code.MORE_NOT_OFFERED)
    else:
        wanted = _units(more)
        yield from (cause for one in more for cause in _unavailable(one, wanted))


def of_speed(
    rules: ExpediteRules, facts: OrderFacts, speed: str, *, current: str
) -> Iterator[Cause]:
    """What stands against a faster delivery."""
    offered = {str(one) for one in rules.speeds}
    if facts.is_collected:
        yield Cause(Code.COLLECTED_IN_SHOP)
    elif facts.has_label:
        yield Cause(Code.ALREADY_PACKED)
    elif speed not in offered:
        yield Cause(Code.SPEED_NOT_OFFERED)
    elif speed == current:
        yield Cause(Code.NOTHING_CHANGES)
    elif (
        current in offered and rules.speeds[Speed(current)].days <= rules.speeds[Speed(speed)].days
    ):
        yield Cause(Code.SPEED_NOT_OFFERED)


def of_delivery(facts: OrderFacts, *, is_same: bool, against: Cause | None) -> Iterator[Cause]:
    """What stands against another day or other hours; ``against`` is what carriers say to it."""
    if facts.is_collected:
        yield Cause(Code.COLLECTED_IN_SHOP)
    elif facts.has_label:
        yield Cause(Code.ALREADY_PACKED)
    elif is_same:
        yield Cause(Code.NOTHING_CHANGES)
    elif against is not None:
        yield against


def of_difference(
    rules: KindRules, *, names_method: bool, method_id: int | None, method: MethodKind | None
) -> Iterator[Cause]:
    """What stands against the way a difference in price would go."""
    if method_id is None and names_method:
        yield Cause(Code.METHOD_MISSING)
    elif method_id is not None and method is None:
        yield Cause(Code.METHOD_NOT_YOURS)
    elif method is not None:
        yield from _of_method(rules, method)


def _of_method(rules: KindRules, method: MethodKind) -> Iterator[Cause]:
    if rules.methods is not None and method not in rules.methods:
        yield Cause(Code.METHOD_NOT_OFFERED)


def _units(of: Iterable[Instead]) -> dict[int, int]:
    """Units wanted by variant."""
    wanted: dict[int, int] = {}
    for one in of:
        wanted[one.variant_id] = wanted.get(one.variant_id, 0) + one.quantity
    return wanted


def _unavailable(one: Instead, wanted: Mapping[int, int]) -> Iterator[Cause]:
    if not one.is_sold:
        yield Cause(Code.VARIANT_NOT_SOLD)
    elif wanted[one.variant_id] > one.free:
        yield Cause(Code.VARIANT_OUT_OF_STOCK, {"left": one.free})


def _general(
    kind: ChangeKind,
    of: KindRules | None,
    rules: ChangeRules,
    facts: OrderFacts,
    units: Mapping[int, int] | None,
) -> Iterator[Cause]:
    """The first thing that stands against any change of that kind, whatever it would bring."""
    if facts.state is OrderState.CANCELLED:
        yield Cause(Code.ORDER_CANCELLED)
    elif _has_left(facts, units):
        is_when = kind is ChangeKind.DELIVERY
        yield Cause(Code.WITH_CARRIER if is_when else Code.ALREADY_SHIPPED)
    elif of is None:
        yield Cause(Code.CHANGE_NOT_OFFERED)
    else:
        yield from [
            *_said_before(kind, of, rules, facts),
            *_too_far(of, facts, units),
            *_at_this_time(kind, of, facts),
        ][:1]


def _said_before(
    kind: ChangeKind, of: KindRules, rules: ChangeRules, facts: OrderFacts
) -> Iterator[Cause]:
    if rules.final_kinds & set(facts.changed):
        yield Cause(Code.NO_FURTHER_CHANGE)
    if of.at_most is not None and list(facts.changed).count(kind) >= of.at_most:
        yield Cause(Code.CHANGED_OFTEN_ENOUGH, {"times": of.at_most})


def _too_far(of: KindRules, facts: OrderFacts, units: Mapping[int, int] | None) -> Iterator[Cause]:
    """How far the work on the goods got."""
    if facts.has_shipped and not of.partly_shipped:
        yield Cause(Code.ALREADY_SHIPPED)
    if _touches(facts, units, "packed"):
        yield Cause(Code.ALREADY_PACKED)
    if of.until is Stage.OPEN and _touches(facts, units, "picked"):
        yield Cause(Code.ALREADY_PICKING)


def _at_this_time(kind: ChangeKind, of: KindRules, facts: OrderFacts) -> Iterator[Cause]:
    if facts.is_held and not of.on_hold:
        yield Cause(Code.ORDER_WAITS)
    if facts.payment_waits and kind not in {ChangeKind.ADDRESS, ChangeKind.DELIVERY}:
        yield Cause(Code.PAYMENT_WAITS)
    if of.late is Late.REFUSED and _is_late(of, facts):
        yield Cause(Code.CUT_OFF_PASSED, {"minutes": of.cut_off_minutes or 0})


def _has_left(facts: OrderFacts, units: Mapping[int, int] | None) -> bool:
    """Nothing of what it is about is in the house any more; of a whole order, not all is."""
    if units is None:
        return facts.has_shipped
    lines = [line for line in units if line in facts.lines]
    return bool(lines) and all(facts.lines[line].shipped and not facts.left(line) for line in lines)


def _touches(facts: OrderFacts, units: Mapping[int, int] | None, stage: str) -> bool:
    """Whether units are meant that are picked, or packed; those behind go first."""
    if units is None:
        return any(getattr(line, stage) for line in facts.lines.values())
    return any(
        count > facts.left(line_id) - getattr(facts.lines[line_id], stage)
        for line_id, count in units.items()
        if 0 < count <= facts.left(line_id)
    )


def _is_late(of: KindRules, facts: OrderFacts) -> bool:
    return (
        of.cut_off_minutes is not None
        and facts.minutes_ago is not None
        and facts.minutes_ago > of.cut_off_minutes
    )


def _doubts(of: KindRules, facts: OrderFacts) -> Iterator[Cause]:
    """What a person has to look at."""
    if _is_late(of, facts):
        yield Cause(Code.CUT_OFF_PASSED, {"minutes": of.cut_off_minutes or 0})
    elif of.cut_off_minutes is not None and facts.minutes_ago is None:
        yield Cause(Code.PLACED_UNKNOWN)
    if of.approval is Approval.PERSON:
        yield Cause(Code.CHANGE_NEEDS_PERSON)
