"""What a channel says about where its orders come from, read from data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Words
from oms_service.operations.rules.rule_reader import RuleReader
from oms_service.sales import service as sales
from oms_service.sales.queries import PolicyView
from oms_service.sourcing.weighing import RANKABLE, Measure, Weights

#: The kind under which sourcing rules are stored.
SOURCING: Final = "sourcing"

_MOST_MINOR: Final = 10_000_000
_MOST_DAYS: Final = 60
_MOST_CODES: Final = 200


class RulesChanged(DomainError):
    """Somebody else has changed these rules meanwhile."""

    code: ClassVar[str] = "rules-changed"


@dataclass(frozen=True, kw_only=True)
class SourcingRules:
    """Rules of sourcing.

    As data, every key optional; amounts in minor units of the carriers' tables::

        {"judge_first": ["late", "split"], "split_minor": 300, "part_minor": 100,
         "late_minor": 500, "day_minor": 50, "shop_minor": 400, "runs_low_minor": 200,
         "distance_minor": 150, "priority": ["tokyo", "osaka"], "priority_minor": 0,
         "promise_days": 2, "most_locations": 3, "excluded_locations": ["ginza"]}

    ``judge_first`` names measures that are compared before money, one after another: ``late``,
    ``split``, ``shop``, ``priority``. ``distance_minor`` stands for the price of a parcel, an
    area, where no carrier's price is known.
    """

    judge_first: tuple[Measure, ...] = ()
    split_minor: int = 300
    part_minor: int = 100
    late_minor: int = 500
    day_minor: int = 50
    shop_minor: int = 400
    runs_low_minor: int = 200
    distance_minor: int = 150
    priority: tuple[str, ...] = ()
    priority_minor: int = 0
    promise_days: int | None = None
    most_locations: int | None = None
    excluded_locations: frozenset[str] = frozenset()

    @property
    def weights(self) -> Weights:
        return Weights(
            first=self.judge_first,
            minor={
                Measure.SHIPPING: 1,
                Measure.HANDLING: 1,
                Measure.SPLIT: self.split_minor,
                Measure.PARTS: self.part_minor,
                Measure.LATE: self.late_minor,
                Measure.DAYS: self.day_minor,
                Measure.SHOP: self.shop_minor,
                Measure.RUNS_LOW: self.runs_low_minor,
                Measure.PRIORITY: self.priority_minor,
            },
        )


USUAL: Final = SourcingRules()
_MONEY: Final = (
    "split_minor",
    "part_minor",
    "late_minor",
    "day_minor",
    "shop_minor",
    "runs_low_minor",
    "distance_minor",
    "priority_minor",
)


def read(rules: Mapping[str, Any]) -> SourcingRules:
    """The rules that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key.
    """
    reader = RuleReader(rules)
    money = {
        name: reader.whole(name, getattr(USUAL, name), most=_MOST_MINOR) or 0 for name in _MONEY
    }
    first = _in_order(reader, "judge_first")
    unknown = [one for one in first if one not in set(RANKABLE)]
    if unknown:
        reader.wrong["judge_first"] = f"may name {', '.join(RANKABLE)}"
    most = reader.whole("most_locations", most=_MOST_CODES)
    if most == 0:
        reader.wrong["most_locations"] = "must be at least 1"
    found = SourcingRules(
        judge_first=tuple(Measure(one) for one in first if one not in unknown),
        priority=_in_order(reader, "priority"),
        promise_days=reader.whole("promise_days", most=_MOST_DAYS),
        most_locations=most or None,
        excluded_locations=reader.texts("excluded_locations"),
        **money,
    )
    reader.finish("sourcing policy")
    return found


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    rules: Mapping[str, Any],
    text: Words,
    known_locations: frozenset[str],
    after: int | None = None,
) -> PolicyView:
    """Put new sourcing rules in force for a channel.

    Args:
        uow: the transaction.
        channel_id: which channel.
        rules: as ``SourcingRules`` says.
        text: what people read of them.
        known_locations: the codes they may name.
        after: the version they were made from, 0 where there was none; any where not given.

    Raises:
        Invalid: the rules cannot be read, or name a location that does not exist.
        RulesChanged: another version has come after that one; nothing is changed.
    """
    found = read(rules)
    wrong = {
        name: "names a location that does not exist"
        for name, codes in (
            ("priority", frozenset(found.priority)),
            ("excluded_locations", found.excluded_locations),
        )
        if codes - known_locations
    }
    if wrong:
        raise Invalid("this sourcing policy cannot be read", wrong)
    adopted = sales.put_in_force(uow, channel_id=channel_id, kind=SOURCING, rules=rules, text=text)
    if after is not None and adopted.version != after + 1:
        raise RulesChanged("these rules were changed meanwhile")
    return adopted


def _in_order(reader: RuleReader, key: str) -> tuple[str, ...]:
    """A list whose order counts, each word once."""
    words = reader.texts(key)
    given = reader.rules.get(key)
    if not words or not isinstance(given, list):
        return ()
    if len(given) != len(words) or len(given) > _MOST_CODES:
        reader.wrong[key] = "must name each once"
        return ()
    return tuple(given)
