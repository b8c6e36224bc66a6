"""Where a case would go: asked of the rules and of whoever is there, and nothing is changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from cases.models import Reason
from cases.routing import queries
from cases.routing.policy import Choice, Facts, Wanted, choose, rule_for, weight_of
from cases.taxonomy.policy import tag_of
from oms_service.kernel.errors import Invalid
from oms_service.sales import queries as sales


@dataclass(frozen=True)
class Answer:
    """The rule that fits, the queue and priority that follow, and who would get it."""

    rule_id: int | None
    queue_id: int
    priority: str
    choice: Choice


def where(session: Session, facts: Facts) -> Answer:
    """Where a case with these facts would go just now.

    Without a priority it has that of its reason; an order's value is in the sales channel's
    currency.

    Raises:
        Invalid: there is no such reason.
    """
    reason = session.get(Reason, facts.reason)
    if reason is None:
        raise Invalid("there is no such reason", {"reason": "is unknown"})
    shops = {one.code: one.currency for one in sales.channels(session)}
    facts = replace(
        facts,
        priority=facts.priority or str(reason.priority),
        currency=shops.get(facts.sales_channel, ""),
    )
    rule = rule_for(queries.rules_in_force(session), facts)
    queue_id = rule.queue_id if rule and rule.queue_id is not None else reason.queue_id
    priority = str(rule.priority) if rule and rule.priority is not None else facts.priority
    wanted = Wanted(
        queue_id=queue_id,
        language=facts.language,
        weight=weight_of(facts.channel, queries.weights(session)),
        skills=rule.skills if rule else frozenset(),
    )
    who = queries.able(session)
    choice = choose(wanted, queries.candidates(session, who).values())
    return Answer(rule.id if rule else None, queue_id, priority, choice)


def written(typed: str) -> list[str]:
    """Tags as typed, with commas between them."""
    return [one.strip() for one in typed.replace("、", ",").split(",") if one.strip()]


def tags(typed: str) -> Iterator[str]:
    """Tags as typed, in the form by which they are compared; what is no tag is left out."""
    for one in written(typed):
        try:
            yield tag_of(one)[1]
        except Invalid:
            continue
