"""Three shops from their policies to what their customers may do; ``docs/policies.md`` tells it."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from oms_service.console import policy_commands
from oms_service.customers.states import Tier
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.returning import returns
from oms_service.operations.rules import (
    claim_eligibility,
    claim_rules,
    eligibility,
    exchange_eligibility,
    exchange_rules,
    policy,
    reasons,
)
from oms_service.operations.rules.claim_eligibility import ClaimAsk
from oms_service.operations.rules.eligibility import About, Ask, Cause, LineFacts, Outcome
from oms_service.operations.rules.exchange_eligibility import NewGoods, Swap
from oms_service.returns.states import ClaimReason, Condition, Remedy, ReturnReason
from oms_service.runtime import Runtime
from tests.factories.orders import make_delivered_order
from tests.factories.shop import make_shop

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "policies.md"
TODAY: Final = date(2026, 11, 22)
OUTCOMES: Final = {
    Outcome.AT_ONCE: "at once",
    Outcome.PERSON: "a person",
    Outcome.REFUSED: "no",
}
CATEGORY: Final = {"fashion": "clothes", "electronics": "electronics", "food": "food"}


@dataclass(frozen=True)
class Asked:
    """One row: what a customer asks for, and how long ago it was delivered or sent."""

    what: str
    reason: str
    days: int
    value: int = 3_000
    condition: Condition | None = Condition.UNOPENED
    photo: bool = False
    tier: Tier = Tier.STANDARD

    @property
    def words(self) -> str:
        said = [self.what, self.reason.replace("_", " "), f"{self.value:,}"]
        if self.condition is Condition.OPENED:
            said.append("opened")
        if self.photo:
            said.append("with a photo")
        if self.tier is Tier.GOLD:
            said.append("gold member")
        return ", ".join(said)


ASKED: Final = (
    Asked("return", "changed_mind", 7),
    Asked("return", "changed_mind", 20),
    Asked("return", "changed_mind", 31),
    Asked("return", "changed_mind", 31, tier=Tier.GOLD),
    Asked("return", "changed_mind", 7, condition=Condition.OPENED),
    Asked("return", "changed_mind", 7, value=60_000),
    Asked("return", "changed_mind", 7, value=250_000),
    Asked("return", "defective", 7, condition=Condition.OPENED),
    Asked("exchange", "wrong_size", 10),
    Asked("exchange", "wrong_size", 31),
    Asked("claim for money", "damaged", 2),
    Asked("claim for money", "damaged", 2, photo=True),
    Asked("claim for money", "damaged", 40, photo=True),
    Asked("claim for money", "damaged", 2, value=15_000, photo=True),
    Asked("claim for money", "defective", 200),
    Asked("claim for a new one", "wrong_item", 2, photo=True),
    Asked("claim for money", "missing", 2),
    Asked("claim for money", "not_received", 5),
    Asked("claim for money", "not_received", 10),
)


def shops() -> dict[str, dict[str, dict[str, Any]]]:
    """The blocks of the page, read as the command reads such a file."""
    blocks = re.findall(r"```json\n(.*?)```\n\n<!-- (\w+) -->", PAGE.read_text(), re.DOTALL)
    return {name: policy_commands.read(block) for block, name in blocks}


def facts(asked: Asked, category: str) -> LineFacts:
    is_here = asked.reason != "not_received"
    day = TODAY - timedelta(days=asked.days)
    return LineFacts(
        line_id=1,
        ordered=1,
        cancelled=0,
        shipped=1,
        delivered=1 if is_here else 0,
        return_requested=0,
        returned=0,
        delivered_on=day if is_here else None,
        sent_on=day - timedelta(days=2) if is_here else day,
        category=category,
        is_final_sale=False,
        variant_id=1,
        product_id=1,
    )


def answer(
    asked: Asked, rules: Mapping[str, dict[str, Any]], category: str
) -> tuple[Outcome, int, tuple[Cause, ...]]:
    """What the engine says, what is taken off, and why."""
    line = facts(asked, category)
    about = About(channel="portal")
    if asked.what == "return":
        of = policy.read(rules["returns"]["rules"]).for_tier(asked.tier)
        ask = Ask(
            facts=line,
            quantity=1,
            reason=ReturnReason(asked.reason),
            value_minor=asked.value,
            condition=asked.condition,
        )
        seen = eligibility.decide([ask], of, today=TODAY, about=about)
        return seen.outcome, seen.fee_minor, seen.causes or seen.lines[0].causes
    if asked.what == "exchange":
        ask = Ask(
            facts=line,
            quantity=1,
            reason=ReturnReason(asked.reason),
            value_minor=asked.value,
            condition=asked.condition,
        )
        new = NewGoods(variant_id=2, product_id=1, is_sold=True, free=5)
        swapped = exchange_eligibility.decide(
            [Swap(ask=ask, new=new)],
            exchange_rules.read(rules["exchanges"]["rules"]),
            today=TODAY,
            about=about,
        )
        return swapped.outcome, 0, swapped.causes or swapped.lines[0].causes
    claimed = claim_eligibility.decide(
        [
            ClaimAsk(
                facts=line,
                quantity=1,
                reason=ClaimReason(asked.reason),
                value_minor=asked.value,
                free=5,
            )
        ],
        claim_rules.read(rules["claims"]["rules"]),
        remedy=Remedy.REFUND if asked.what.endswith("money") else Remedy.REPLACEMENT,
        evidence=frozenset({"photo"} if asked.photo else ()),
        today=TODAY,
        about=about,
    )
    return claimed.outcome, 0, claimed.causes or claimed.lines[0].causes


def table(name: str, rules: Mapping[str, dict[str, Any]]) -> str:
    rows = ["| asked for | days | answer | taken off | why |", "|---|---|---|---|---|"]
    for asked in ASKED:
        outcome, fee, causes = answer(asked, rules, CATEGORY[name])
        why = reasons.say(causes[0], Language.ENGLISH) if causes else ""
        taken = f"{fee:,}" if fee and outcome is not Outcome.REFUSED else ""
        rows.append(f"| {asked.words} | {asked.days} | {OUTCOMES[outcome]} | {taken} | {why} |")
    return "\n".join(rows)


def test_the_tables_are_what_the_engine_answers() -> None:
    written = PAGE.read_text()
    page = written
    for name, rules in shops().items():
        before, mark, after = page.partition(f"<!-- {name} -->\n")
        rest = after.lstrip("\n")
        while rest.startswith("|"):
            rest = rest.partition("\n")[2]
        page = f"{before}{mark}\n{table(name, rules)}\n{rest}"
    if os.environ.get("POLICIES") == "write":
        PAGE.write_text(page)
    assert page == PAGE.read_text()


@pytest.mark.parametrize("name", ["fashion", "electronics", "food"])
def test_a_shop_adopts_its_policies_from_a_file(
    runtime: Runtime, tmp_path: Path, name: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, make_shop(uow))
    file = tmp_path / "policies.json"
    file.write_text(json.dumps(shops()[name], ensure_ascii=False))
    done = CliRunner().invoke(
        policy_commands.policies, ["adopt", "web", str(file)], obj=lambda: runtime
    )
    assert done.exit_code == 0, done.output
    assert "returns: version 1 is in force" in done.output
    shown = CliRunner().invoke(policy_commands.policies, ["show", "web"], obj=lambda: runtime)
    assert json.loads(shown.output)["claims"]["rules"] == shops()[name]["claims"]["rules"]
    with runtime.database.looking() as session:
        terms = returns.terms(session, order.id, now=runtime.clock.now())
    assert terms is not None
    assert (terms.version, terms.text) == (1, shops()[name]["returns"]["text"])


def test_what_cannot_be_read_puts_nothing_in_force(runtime: Runtime, tmp_path: Path) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, make_shop(uow))
    file = tmp_path / "policies.json"
    for written, says in (
        ("{", "is not JSON"),
        ("[]", "must be a table"),
        ('{"returns": {"rules": {"window_days": 30}}, "claims": {"rules": {"odd": 1}}}', "odd"),
        ('{"nonsense": {"rules": {}}}', "must be one of"),
    ):
        file.write_text(written)
        done = CliRunner().invoke(
            policy_commands.policies, ["adopt", "web", str(file)], obj=lambda: runtime
        )
        assert done.exit_code == 1
        assert says in done.output
    with runtime.database.looking() as session:
        assert returns.terms(session, order.id, now=runtime.clock.now()) is None
