"""What a shop does about faulty, wrong and missing goods, read from data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Words
from oms_service.operations.rules.policy import MOST_DAYS, Approval
from oms_service.operations.rules.rule_reader import RuleReader
from oms_service.returns.states import ClaimReason, Goods, Remedy
from oms_service.sales import service as sales
from oms_service.sales.queries import PolicyView

#: The kind under which claim policies are stored.
CLAIMS: Final = "claims"


@dataclass(frozen=True, kw_only=True)
class ClaimReasonRules:
    """What holds for one reason. ``window_days`` counts from delivery; None is for ever.

    ``at_once`` remedies are given without a person as far as the limit goes.
    """

    window_days: int | None = None
    remedies: frozenset[Remedy] = frozenset(Remedy)
    goods: Goods = Goods.STAY
    evidence: frozenset[str] = frozenset()
    approval: Approval | None = None


@dataclass(frozen=True, kw_only=True)
class ClaimRules:
    """A claim policy.

    As data, every key optional::

        {"approval": "at_once", "at_once_up_to_minor": 5000, "channels_at_once": ["portal"],
         "wait_days": 7, "send_back_within_days": 14,
         "reasons": {"damaged": {"window_days": 14, "remedies": ["refund", "replacement"],
                                 "goods": "stay", "evidence": ["photo"], "approval": "person"}}}

    ``wait_days`` is how long a parcel that nobody has delivered may be on its way before it
    counts as not received.
    """

    approval: Approval = Approval.AT_ONCE
    at_once_up_to_minor: int | None = 0
    channels_at_once: frozenset[str] | None = None
    wait_days: int = 7
    send_back_within_days: int | None = 14
    reasons: Mapping[ClaimReason, ClaimReasonRules] = field(default_factory=dict, hash=False)

    def of(self, reason: ClaimReason) -> ClaimReasonRules:
        return self.reasons.get(reason, ClaimReasonRules())


#: What holds where a channel has no policy: every remedy, and a person decides.
WITHOUT: Final = ClaimRules(approval=Approval.PERSON)


def read(rules: Mapping[str, Any]) -> ClaimRules:
    """The policy that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key, such as ``reasons.damaged.goods``.
    """
    reader = RuleReader(rules)
    channels = reader.texts("channels_at_once")
    found = ClaimRules(
        approval=reader.one_of(Approval, "approval", Approval.AT_ONCE),
        at_once_up_to_minor=reader.whole("at_once_up_to_minor", 0),
        channels_at_once=channels if rules.get("channels_at_once") is not None else None,
        wait_days=reader.whole("wait_days", 7, most=MOST_DAYS) or 0,
        send_back_within_days=reader.whole("send_back_within_days", 14, most=MOST_DAYS),
        reasons=_reasons(reader),
    )
    reader.finish("claim policy")
    return found


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
) -> PolicyView:
    """Put a new claim policy in force for a channel.

    Raises:
        Invalid: the rules cannot be read; nothing is changed.
    """
    read(rules)
    return sales.put_in_force(
        uow, channel_id=channel_id, kind=CLAIMS, rules=rules, text=text, since=since
    )


def _reasons(reader: RuleReader) -> dict[ClaimReason, ClaimReasonRules]:
    found = {}
    for reason, rules in reader.tables(ClaimReason, "reasons", word="reason").items():
        remedies = rules.some_of(Remedy, "remedies")
        found[reason] = ClaimReasonRules(
            window_days=rules.whole("window_days", most=MOST_DAYS),
            remedies=frozenset(Remedy) if remedies is None else remedies,
            goods=rules.one_of(Goods, "goods", Goods.STAY),
            evidence=rules.texts("evidence"),
            approval=rules.maybe_one_of(Approval, "approval"),
        )
        rules.close()
    return found
