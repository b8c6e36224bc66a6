"""What a shop's return policy says, read from data; a wrong rule is named, never guessed at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from oms_service.customers.states import Tier
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Words
from oms_service.operations.rules.rule_reader import RuleReader
from oms_service.returns.states import Condition, RefundFor, RefundWhen, ReturnReason
from oms_service.sales import service as sales
from oms_service.sales.queries import PolicyView

#: The kind under which return policies are stored.
RETURNS: Final = "returns"

#: The longest window, and the largest share in basis points.
MOST_DAYS: Final = 3_650
WHOLE_BP: Final = 10_000


class Approval(StrEnum):
    """Who says yes."""

    AT_ONCE = "at_once"
    PERSON = "person"


class Rule(StrEnum):
    """Rules that a reason may set aside."""

    WINDOW = "window"
    FEE = "fee"
    FINAL_SALE = "final_sale"
    CATEGORY = "category"
    CONDITION = "condition"
    RESTOCKING = "restocking"
    POSTAGE = "postage"


class RefundWay(StrEnum):
    """Where the money for returned goods may go."""

    ORIGINAL = "original"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"


@dataclass(frozen=True, kw_only=True)
class ReasonRules:
    """What holds for one reason: the rules it sets aside, who approves it, what must be shown."""

    waives: frozenset[Rule] = frozenset()
    approval: Approval | None = None
    evidence: frozenset[str] = frozenset()


#: Goods that are not what was bought come back whatever the window, and at no cost.
FAULT: Final = ReasonRules(waives=frozenset(Rule))
USUAL: Final[Mapping[ReturnReason, ReasonRules]] = {
    ReturnReason.DAMAGED: FAULT,
    ReturnReason.DEFECTIVE: FAULT,
    ReturnReason.WRONG_ITEM: FAULT,
}


@dataclass(frozen=True, kw_only=True)
class ReturnRules:
    """A return policy.

    As data, every key optional but the window::

        {"window_days": 30, "fee_minor": 550, "approval": "at_once",
         "at_once_up_to_minor": 20000, "at_most_minor": 200000,
         "excluded_categories": ["food"], "conditions": ["unopened", "opened"],
         "restocking_bp": 1000, "restocking_minor": 0, "postage_minor": 700,
         "once_per_order": false, "whole_order_delivered": false,
         "channels_at_once": ["portal", "webchat"],
         "refund_ways": ["original", "gift_card"], "refund_for": "received",
         "refund_when": "on_receipt", "refund_early_up_to_minor": 5000,
         "send_back_within_days": 14, "must_agree": false,
         "reasons": {"damaged": {"waives": ["window", "fee"], "approval": "person",
                                 "evidence": ["photo"]}},
         "tiers": {"gold": {"window_days": 60, "fee_minor": 0}}}

    ``fee_minor`` and ``postage_minor`` are taken once for a return, ``restocking_minor`` for each
    unit and ``restocking_bp`` of the goods' value. ``must_agree`` asks customers to tick that
    they have read the terms before they send a return or an exchange. What a tier says wins over
    the rest.
    """

    window_days: int
    fee_minor: int = 0
    restocking_bp: int = 0
    restocking_minor: int = 0
    postage_minor: int = 0
    approval: Approval = Approval.AT_ONCE
    at_once_up_to_minor: int | None = None
    at_most_minor: int | None = None
    excluded_categories: frozenset[str] = frozenset()
    conditions: frozenset[Condition] = frozenset(Condition)
    once_per_order: bool = False
    whole_order_delivered: bool = False
    #: Channels in which policy may say yes by itself; None is all of them.
    channels_at_once: frozenset[str] | None = None
    refund_ways: frozenset[RefundWay] = frozenset(RefundWay)
    refund_for: RefundFor = RefundFor.RECEIVED
    refund_when: RefundWhen = RefundWhen.ON_RECEIPT
    #: Refunds up to this are paid before the goods are here, where ``refund_when`` says so.
    refund_early_up_to_minor: int | None = None
    send_back_within_days: int | None = None
    must_agree: bool = False
    reasons: Mapping[ReturnReason, ReasonRules] = field(hash=False)
    tiers: Mapping[Tier, "ReturnRules"] = field(default_factory=dict, hash=False)

    def of(self, reason: ReturnReason) -> ReasonRules:
        return self.reasons.get(reason, ReasonRules())

    def for_tier(self, tier: Tier) -> "ReturnRules":
        return self.tiers.get(tier, self)

    def when_refunded(self, refund_minor: int) -> RefundWhen:
        """When a refund of that size is owed: early only up to the limit."""
        limit = self.refund_early_up_to_minor
        is_small = limit is None or refund_minor <= limit
        return self.refund_when if is_small else RefundWhen.ON_RECEIPT


def read(rules: Mapping[str, Any]) -> ReturnRules:
    """The policy that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key, such as ``reasons.damaged.waives``.
    """
    reader = RuleReader(rules)
    reader.needs("window_days")
    of_tiers = reader.tables(Tier, "tiers", word="tier")
    found = _rules(reader)
    reader.close()
    plain = {} if reader.wrong else {key: rules[key] for key in rules if key != "tiers"}
    tiers = {}
    for tier, own in of_tiers.items():
        both = RuleReader({**plain, **own.rules}, own.path, reader.wrong)
        tiers[tier] = _rules(both)
        both.close()
    reader.finish("return policy")
    return replace(found, tiers=tiers)


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
) -> PolicyView:
    """Put a new return policy in force for a channel.

    Raises:
        Invalid: the rules cannot be read; nothing is changed.
    """
    read(rules)
    return sales.put_in_force(
        uow, channel_id=channel_id, kind=RETURNS, rules=rules, text=text, since=since
    )


def _rules(reader: RuleReader) -> ReturnRules:
    ways = reader.some_of(RefundWay, "refund_ways")
    conditions = reader.some_of(Condition, "conditions")
    has_channels = reader.rules.get("channels_at_once") is not None
    channels = reader.texts("channels_at_once")
    return ReturnRules(
        window_days=reader.whole("window_days", most=MOST_DAYS) or 0,
        fee_minor=reader.whole("fee_minor") or 0,
        restocking_bp=reader.whole("restocking_bp", most=WHOLE_BP) or 0,
        restocking_minor=reader.whole("restocking_minor") or 0,
        postage_minor=reader.whole("postage_minor") or 0,
        approval=reader.one_of(Approval, "approval", Approval.AT_ONCE),
        at_once_up_to_minor=reader.whole("at_once_up_to_minor"),
        at_most_minor=reader.whole("at_most_minor"),
        excluded_categories=reader.texts("excluded_categories"),
        conditions=frozenset(Condition) if conditions is None else conditions,
        once_per_order=reader.flag("once_per_order", default=False),
        whole_order_delivered=reader.flag("whole_order_delivered", default=False),
        channels_at_once=channels if has_channels else None,
        refund_ways=frozenset(RefundWay) if ways is None else ways,
        refund_for=reader.one_of(RefundFor, "refund_for", RefundFor.RECEIVED),
        refund_when=reader.one_of(RefundWhen, "refund_when", RefundWhen.ON_RECEIPT),
        refund_early_up_to_minor=reader.whole("refund_early_up_to_minor"),
        send_back_within_days=reader.whole("send_back_within_days", most=MOST_DAYS),
        must_agree=reader.flag("must_agree", default=False),
        reasons={**USUAL, **read_reasons(reader)},
    )


def read_reasons(reader: RuleReader) -> dict[ReturnReason, ReasonRules]:
    """The table ``reasons`` of a policy."""
    found = {}
    for reason, rules in reader.tables(ReturnReason, "reasons", word="reason").items():
        found[reason] = ReasonRules(
            waives=rules.some_of(Rule, "waives") or frozenset(),
            approval=rules.maybe_one_of(Approval, "approval"),
            evidence=rules.texts("evidence"),
        )
        rules.close()
    return found
