"""Routing for the demo shop: a rule for gold customers, one for wholesale, who has that skill."""

from typing import Final

from cases.routing import queries, service
from cases.routing.service import AgentWish, RuleWish
from oms_service.infra.uow import UnitOfWork

_GOLD: Final = {"ja": "ゴールド会員を先に", "en": "Gold customers first"}
_WHOLESALE: Final = {"ja": "法人のお客様", "en": "Wholesale"}
_SKILL: Final = "wholesale"


def add(uow: UnitOfWork) -> None:
    """Rules that the demo's cases are asked about; whoever stands first has the skill."""
    service.add_skill(uow, _WHOLESALE, code=_SKILL)
    service.add_rule(uow, RuleWish(name=_GOLD, tiers=["gold"], priority="high"))
    service.add_rule(uow, RuleWish(name=_WHOLESALE, tags=["法人"], skills=[_SKILL]))
    codes = {one.id: one.code for one in queries.queues(uow.session)}
    for one in queries.agents(uow.session)[:1]:
        wish = AgentWish(
            capacity=one.capacity,
            languages=one.languages,
            skills=[_SKILL],
            queues=[codes[queue_id] for queue_id in one.queues],
        )
        service.change_agent(uow, one.staff_id, wish, version=one.version)
