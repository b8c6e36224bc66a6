"""What a shop's exchange policy says, read from data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Words
from oms_service.operations.rules.policy import (
    MOST_DAYS,
    USUAL,
    Approval,
    ReasonRules,
    read_reasons,
)
from oms_service.operations.rules.rule_reader import RuleReader
from oms_service.returns.states import Moment, NeverBack, ReturnReason
from oms_service.sales import service as sales
from oms_service.sales.queries import PolicyView

#: The kind under which exchange policies are stored.
EXCHANGES: Final = "exchanges"


@dataclass(frozen=True, kw_only=True)
class ExchangeRules:
    """An exchange policy.

    As data, every key optional but the window::

        {"window_days": 30, "approval": "at_once", "at_once_up_to_minor": 20000,
         "excluded_categories": ["food"], "once_per_order": false,
         "whole_order_delivered": false, "same_product": true,
         "channels_at_once": ["portal"], "sends": "on_receipt", "settles": "on_receipt",
         "never_back": "case", "send_back_within_days": 14,
         "reasons": {"damaged": {"waives": ["window"]}}}

    ``sends`` says when the new goods leave, ``settles`` when the difference in price is paid,
    ``never_back`` what follows where they left at once and the old ones never come.
    """

    window_days: int
    approval: Approval = Approval.AT_ONCE
    at_once_up_to_minor: int | None = None
    excluded_categories: frozenset[str] = frozenset()
    once_per_order: bool = False
    whole_order_delivered: bool = False
    same_product: bool = True
    channels_at_once: frozenset[str] | None = None
    sends: Moment = Moment.ON_RECEIPT
    settles: Moment = Moment.ON_RECEIPT
    never_back: NeverBack = NeverBack.CASE
    send_back_within_days: int | None = 14
    reasons: Mapping[ReturnReason, ReasonRules] = field(hash=False)

    def of(self, reason: ReturnReason) -> ReasonRules:
        return self.reasons.get(reason, ReasonRules())


#: What holds where a channel has no policy: a person decides, and nothing leaves before.
WITHOUT: Final = ExchangeRules(window_days=0, reasons=USUAL)


def read(rules: Mapping[str, Any]) -> ExchangeRules:
    """The policy that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key, such as ``reasons.damaged.waives``.
    """
    reader = RuleReader(rules)
    reader.needs("window_days")
    channels = reader.texts("channels_at_once")
    found = ExchangeRules(
        window_days=reader.whole("window_days", most=MOST_DAYS) or 0,
        approval=reader.one_of(Approval, "approval", Approval.AT_ONCE),
        at_once_up_to_minor=reader.whole("at_once_up_to_minor"),
        excluded_categories=reader.texts("excluded_categories"),
        once_per_order=reader.flag("once_per_order", default=False),
        whole_order_delivered=reader.flag("whole_order_delivered", default=False),
        same_product=reader.flag("same_product", default=True),
        channels_at_once=channels if rules.get("channels_at_once") is not None else None,
        sends=reader.one_of(Moment, "sends", Moment.ON_RECEIPT),
        settles=reader.one_of(Moment, "settles", Moment.ON_RECEIPT),
        never_back=reader.one_of(NeverBack, "never_back", NeverBack.CASE),
        send_back_within_days=reader.whole("send_back_within_days", 14, most=MOST_DAYS),
        reasons={**USUAL, **read_reasons(reader)},
    )
    reader.finish("exchange policy")
    return found


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
) -> PolicyView:
    """Put a new exchange policy in force for a channel.

    Raises:
        Invalid: the rules cannot be read; nothing is changed.
    """
    read(rules)
    return sales.put_in_force(
        uow, channel_id=channel_id, kind=EXCHANGES, rules=rules, text=text, since=since
    )
