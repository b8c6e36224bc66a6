"""What access forgets by itself: codes that are over, and sign-ins long past."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete

from oms_service.access.models import LoginCode, Session
from oms_service.infra.uow import UnitOfWork

#: A code names a mail address, known to us or not: it goes within a day.
CODE_KEPT: Final = timedelta(days=1)
#: Who was signed in when stays for inquiries.
SESSION_KEPT: Final = timedelta(days=90)


def forget_old_sign_ins(uow: UnitOfWork) -> int:
    """Delete codes and sessions past their time; answer how many."""
    codes = uow.session.execute(delete(LoginCode).where(LoginCode.expires_at < uow.now - CODE_KEPT))
    ended = uow.session.execute(delete(Session).where(Session.expires_at < uow.now - SESSION_KEPT))
    return int(codes.rowcount) + int(ended.rowcount)  # type: ignore[attr-defined]  # DELETEs have it
