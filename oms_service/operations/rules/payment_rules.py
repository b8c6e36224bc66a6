"""How a sales channel takes money and gives it back, read from a policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Words
from oms_service.operations.rules.rule_reader import RuleReader
from oms_service.payments.states import MethodKind
from oms_service.sales import queries as sales
from oms_service.sales import service as sales_service
from oms_service.sales.queries import PolicyView

#: The kind under which these policies are stored.
PAYMENTS: Final = "payments"
#: More days than a slip, a card's authorization or a gift card may ever be good for.
MOST_DAYS: Final = 3_650
#: Methods of which money can be promised before it is taken.
AUTHORIZABLE: Final = frozenset({MethodKind.CARD, MethodKind.PAYPAL})
#: Methods whose customer pays later, by a deadline.
BY_SLIP: Final = frozenset({MethodKind.KONBINI, MethodKind.BANK_TRANSFER})


class CaptureAt(StrEnum):
    """When promised money is taken."""

    PLACEMENT = "placement"
    HAND_OVER = "hand_over"
    MANUAL = "manual"


class Giver(StrEnum):
    """Whose refunds a limit is for; the names are those of roles of staff."""

    AGENT = "agent"
    LEAD = "lead"
    SHOP = "shop"
    OPERATIONS = "operations"
    INTEGRATION = "integration"


@dataclass(frozen=True, kw_only=True)
class PaymentRules:
    """A payment policy.

    As data, every key optional::

        {"capture": "hand_over", "slip_days": 3, "gift_card_days": 730,
         "refund_up_to_minor": {"agent": 10000, "lead": 100000},
         "goodwill_up_to_minor": {"agent": 1000, "lead": 10000},
         "cancels_unpaid": true}

    ``capture`` of None asks for money at once and takes nothing by itself later. What is above
    a limit needs a second person; a role without a limit may give any amount that is left.
    """

    capture: CaptureAt | None = None
    slip_days: int = 3
    gift_card_days: int | None = None
    refund_up_to_minor: Mapping[Giver, int] = field(default_factory=dict, hash=False)
    goodwill_up_to_minor: Mapping[Giver, int] = field(default_factory=dict, hash=False)
    cancels_unpaid: bool = True

    def pays_until(self, kind: MethodKind, now: datetime) -> datetime | None:
        """Until when the customer may pay; None where there is no deadline."""
        return now + timedelta(days=self.slip_days) if kind in BY_SLIP else None

    def asks_first(self, kind: MethodKind) -> bool:
        """Whether money of such a method is promised before it is taken."""
        return self.capture is not None and kind in AUTHORIZABLE


#: What holds where a channel has said nothing: agents give little, leads more.
DEFAULT: Final = PaymentRules(
    refund_up_to_minor={Giver.AGENT: 30_000, Giver.SHOP: 30_000, Giver.INTEGRATION: 30_000},
    goodwill_up_to_minor={
        Giver.AGENT: 2_000,
        Giver.SHOP: 2_000,
        Giver.INTEGRATION: 2_000,
        Giver.LEAD: 20_000,
    },
)


def read(rules: Mapping[str, Any]) -> PaymentRules:
    """The policy that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key, such as ``goodwill_up_to_minor.agent``.
    """
    reader = RuleReader(rules)
    found = PaymentRules(
        capture=reader.maybe_one_of(CaptureAt, "capture"),
        slip_days=reader.whole("slip_days", 3, most=MOST_DAYS) or 0,
        gift_card_days=reader.whole("gift_card_days", most=MOST_DAYS),
        refund_up_to_minor=_limits(reader, "refund_up_to_minor", DEFAULT.refund_up_to_minor),
        goodwill_up_to_minor=_limits(reader, "goodwill_up_to_minor", DEFAULT.goodwill_up_to_minor),
        cancels_unpaid=reader.flag("cancels_unpaid", default=True),
    )
    reader.finish("payment policy")
    return found


def of_channel(session: Session, channel_id: int, *, at: datetime) -> PaymentRules:
    """The policy in force for a channel, or what holds where it has none."""
    found = sales.policy(session, channel_id, PAYMENTS, at=at)
    return read(found.rules) if found else DEFAULT


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
) -> PolicyView:
    """Put a new payment policy in force for a channel.

    Raises:
        Invalid: the rules cannot be read; nothing is changed.
    """
    read(rules)
    return sales_service.put_in_force(
        uow, channel_id=channel_id, kind=PAYMENTS, rules=rules, text=text, since=since
    )


def _limits(reader: RuleReader, key: str, default: Mapping[Giver, int]) -> Mapping[Giver, int]:
    table = reader.table(key)
    if table is None:
        return default
    found = {giver: table.whole(giver) for giver in Giver}
    table.close()
    return {giver: limit for giver, limit in found.items() if limit is not None}
