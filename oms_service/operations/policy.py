"""What a shop's return policy says, read from data; a wrong rule is named, never guessed at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words
from oms_service.returns.states import ReturnReason
from oms_service.sales import service as sales
from oms_service.sales.queries import PolicyView

#: The kind under which return policies are stored.
RETURNS: Final = "returns"


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


@dataclass(frozen=True, kw_only=True)
class ReasonRules:
    """What holds for one reason: the rules it sets aside, and who approves it."""

    waives: frozenset[Rule] = frozenset()
    approval: Approval | None = None


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
         "at_once_up_to_minor": 20000, "excluded_categories": ["food"],
         "reasons": {"damaged": {"waives": ["window", "fee"], "approval": "person"}}}
    """

    window_days: int
    fee_minor: int = 0
    approval: Approval = Approval.AT_ONCE
    at_once_up_to_minor: int | None = None
    excluded_categories: frozenset[str] = frozenset()
    reasons: Mapping[ReturnReason, ReasonRules]

    def of(self, reason: ReturnReason) -> ReasonRules:
        return self.reasons.get(reason, ReasonRules())


_KEYS: Final = {
    "window_days",
    "fee_minor",
    "approval",
    "at_once_up_to_minor",
    "excluded_categories",
    "reasons",
}


def read(rules: Mapping[str, Any]) -> ReturnRules:
    """The policy that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key, such as ``reasons.damaged.waives``.
    """
    wrong: dict[str, str] = {f"{key}": "is not a rule" for key in set(rules) - _KEYS}
    if "window_days" not in rules:
        wrong["window_days"] = "is missing"
    found = ReturnRules(
        window_days=_whole(rules, "window_days", wrong) or 0,
        fee_minor=_whole(rules, "fee_minor", wrong) or 0,
        approval=_one_of(Approval, rules.get("approval", Approval.AT_ONCE), "approval", wrong)
        or Approval.AT_ONCE,
        at_once_up_to_minor=_whole(rules, "at_once_up_to_minor", wrong),
        excluded_categories=frozenset(_texts(rules, "excluded_categories", wrong)),
        reasons={**USUAL, **_reasons(rules.get("reasons", {}), wrong)},
    )
    if wrong:
        raise Invalid("this return policy cannot be read", wrong)
    return found


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


def _whole(rules: Mapping[str, Any], key: str, wrong: dict[str, str]) -> int | None:
    value = rules.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        wrong[key] = "must be a whole number, 0 or more"
        return None
    return value


def _texts(rules: Mapping[str, Any], key: str, wrong: dict[str, str]) -> Sequence[str]:
    value = rules.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        wrong[key] = "must be a list of codes"
        return []
    return value


def _one_of(
    kind: type[Approval], value: object, key: str, wrong: dict[str, str]
) -> Approval | None:
    try:
        return kind(str(value))
    except ValueError:
        wrong[key] = f"must be one of {', '.join(kind)}"
        return None


def _reasons(value: object, wrong: dict[str, str]) -> dict[ReturnReason, ReasonRules]:
    if not isinstance(value, Mapping):
        wrong["reasons"] = "must be a table of reasons"
        return {}
    found = {}
    for name, rules in value.items():
        path = f"reasons.{name}"
        if name not in set(ReturnReason):
            wrong[path] = f"is not a reason; there are {', '.join(ReturnReason)}"
        elif not isinstance(rules, Mapping):
            wrong[path] = "must be a table"
        else:
            found[ReturnReason(name)] = _reason(rules, path, wrong)
    return found


def _reason(rules: Mapping[str, Any], path: str, wrong: dict[str, str]) -> ReasonRules:
    for key in set(rules) - {"waives", "approval"}:
        wrong[f"{path}.{key}"] = "is not a rule"
    said = dict[str, str]()
    waives = _texts(rules, "waives", said)
    wrong.update({f"{path}.{key}": why for key, why in said.items()})
    unknown = [one for one in waives if one not in set(Rule)]
    if unknown:
        wrong[f"{path}.waives"] = f"may name {', '.join(Rule)}"
    approval = rules.get("approval")
    return ReasonRules(
        waives=frozenset(Rule(one) for one in waives if one not in unknown),
        approval=None
        if approval is None
        else _one_of(Approval, approval, f"{path}.approval", wrong),
    )
