"""What tests about colleagues' notices share: who is there, and what they were told."""

from sqlalchemy import select

from notifications.colleagues.models import ColleagueNotice
from oms_service.runtime import Runtime


def rows(runtime: Runtime, staff_id: int) -> list[ColleagueNotice]:
    """All that a colleague was told, in order."""
    with runtime.database.looking() as session:
        query = select(ColleagueNotice).where(ColleagueNotice.staff_id == staff_id)
        found = list(session.scalars(query.order_by(ColleagueNotice.id)))
        session.expunge_all()
    return found


def told(runtime: Runtime, staff_id: int) -> list[tuple[str, str]]:
    """The rules of what a colleague was told, each with how it stands: unread, read or why old."""
    return [
        (one.rule, one.why or ("read" if one.read_at else "unread"))
        for one in rows(runtime, staff_id)
    ]
