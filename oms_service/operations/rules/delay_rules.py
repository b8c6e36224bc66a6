"""What a channel calls a delay, who is told of it and who has to look: a policy read from data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Words
from oms_service.operations.rules.rule_reader import RuleReader
from oms_service.operations.rules.sourcing_rules import RulesChanged
from oms_service.sales import queries
from oms_service.sales import service as sales
from oms_service.sales.queries import PolicyView
from oms_service.shipping.jeopardy import RISK_PERCENT
from oms_service.shipping.states import Jeopardy

#: The kind under which this policy is stored.
DELAYS: Final = "delays"

_MOST_DAYS: Final = 60
_MOST_HOURS: Final = 24 * 60
#: These do not pass by themselves, however small the slip.
_NEED_A_PERSON: Final = frozenset(
    {"address", "moved", "refused", "damaged", "lost", "customs", "returning", "attempted"}
)


@dataclass(frozen=True, kw_only=True)
class DelayRules:
    """What counts as a delay and what follows from it.

    As data, every key optional::

        {"at_risk_percent": 40, "hold_days": 3, "house_days": 1, "case_after_hours": 12,
         "case_causes": ["address", "lost"], "cases_for": ["late", "stalled"],
         "told_of": ["at_risk", "late", "stalled"]}

    ``at_risk_percent`` is the chance of coming too late from which on an order is at risk.
    ``hold_days`` after it began a hold has stalled; so have goods ``house_days`` after they should
    have left, where the shop's own history says nothing of their step. A delay of
    ``case_after_hours`` opens a case, 0 for any; of these ``case_causes`` any does. ``cases_for``
    and ``told_of`` name how a whole order may stand: then it gets a case, and its customer is
    told.
    """

    at_risk_percent: int = RISK_PERCENT
    hold_days: int = 3
    house_days: int = 1
    case_after_hours: int = 12
    case_causes: frozenset[str] = _NEED_A_PERSON
    cases_for: frozenset[Jeopardy] = frozenset({Jeopardy.LATE, Jeopardy.STALLED})
    told_of: frozenset[Jeopardy] = frozenset(
        {Jeopardy.AT_RISK, Jeopardy.LATE, Jeopardy.STALLED, Jeopardy.ON_TIME}
    )

    def needs_case(self, slip: timedelta, cause: str) -> bool:
        """Whether a promise that slips so far, for that cause, needs a person."""
        return cause in self.case_causes or slip >= timedelta(hours=self.case_after_hours)


USUAL: Final = DelayRules()


def read(rules: Mapping[str, Any]) -> DelayRules:
    """The rules that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key.
    """
    reader = RuleReader(rules)
    cases_for, told_of = (reader.some_of(Jeopardy, key) for key in ("cases_for", "told_of"))
    found = DelayRules(
        at_risk_percent=_whole(reader, "at_risk_percent", 99, least=1),
        hold_days=_whole(reader, "hold_days", _MOST_DAYS),
        house_days=_whole(reader, "house_days", _MOST_DAYS),
        case_after_hours=_whole(reader, "case_after_hours", _MOST_HOURS),
        case_causes=reader.texts("case_causes") if "case_causes" in rules else USUAL.case_causes,
        cases_for=USUAL.cases_for if cases_for is None else cases_for,
        told_of=USUAL.told_of if told_of is None else told_of,
    )
    reader.finish("policy of delays")
    return found


def in_force(session: Session, channel_id: int, *, at: datetime) -> DelayRules:
    """What holds in a channel; the usual rules where it has none."""
    policy = queries.policy(session, channel_id, DELAYS, at=at)
    return read(policy.rules) if policy is not None else USUAL


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
    after: int | None = None,
) -> PolicyView:
    """Put new rules of delays in force for a channel.

    Args:
        uow: the transaction.
        channel_id: which channel.
        rules: as ``DelayRules`` says.
        text: what people read of them.
        since: when they begin to hold; now where not given.
        after: the version they were made from, 0 where there was none; any where not given.

    Raises:
        Invalid: the rules cannot be read; nothing is changed.
        RulesChanged: another version has come after that one; nothing is changed.
    """
    read(rules)
    adopted = sales.put_in_force(
        uow, channel_id=channel_id, kind=DELAYS, rules=rules, text=text, since=since
    )
    if after is not None and adopted.version != after + 1:
        raise RulesChanged("these rules were changed meanwhile")
    return adopted


def _whole(reader: RuleReader, key: str, most: int, *, least: int = 0) -> int:
    usual: int = getattr(USUAL, key)
    found = reader.whole(key, usual, least=least, most=most)
    return usual if found is None else found
