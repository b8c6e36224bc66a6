"""Colleagues as routing sees them."""

from sqlalchemy.dialects.postgresql import insert

from cases.models import Agent
from oms_service.access import queries as access
from oms_service.access.states import Role
from oms_service.infra.uow import UnitOfWork

#: So many cases at once until somebody says otherwise.
CAPACITY = 20


def ensure(uow: UnitOfWork) -> int:
    """Give every agent a place in routing; answer how many are new."""
    rows = [
        {
            "staff_id": one.id,
            "languages": [str(one.language)],
            "capacity": CAPACITY,
            "is_present": True,
        }
        for one in access.all_staff(uow.session)
        if one.is_active and Role.AGENT in one.roles
    ]
    if not rows:
        return 0
    added = uow.session.scalars(
        insert(Agent)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["staff_id"])
        .returning(Agent.staff_id)
    )
    return len(added.all())
