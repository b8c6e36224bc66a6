"""What is kept of matters that are over, and for how long: words and files go, figures stay.

Nothing goes while a case it could be about is open, or was settled less long ago than that. A
case that was merged counts as the one that stands for it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import TextClause, select, text, update
from sqlalchemy.orm import Session

from cases import inbox, privacy
from cases.after import privacy as answers
from cases.evidence import queries as evidence
from cases.models import Case
from cases.taxonomy import privacy as fields
from cases.together import privacy as tasks
from cases.writing import privacy as writing
from oms_service.conversations import attachments
from oms_service.conversations import keeping as talks
from oms_service.infra.keeping import Kept
from oms_service.infra.uow import UnitOfWork
from oms_service.runtime import Runtime
from oms_service.web.texts import N_

#: Cases that are still needed, and all that were merged into them.
_LIVING: Final = """
    WITH RECURSIVE living AS (
        SELECT id FROM cases WHERE resolved_at IS NULL OR resolved_at >= :before
        UNION
        SELECT c.id FROM cases c JOIN living ON c.merged_into_id = living.id
    )
"""
_TALKS: Final = """
    {living}
    SELECT {what} FROM conversations t
    WHERE (t.customer_id IS NULL) = :of_strangers AND t.last_message_at < :before
      AND (t.emptied_at IS NULL OR t.emptied_at < t.last_message_at)
      AND NOT EXISTS (
          SELECT FROM cases c JOIN living ON living.id = c.id WHERE c.conversation_id = t.id
      )
    {rest}
"""
_CASES: Final = """
    {living}
    SELECT {what} FROM cases t
    WHERE t.state = 'closed' AND t.resolved_at < :before
      AND (t.emptied_at IS NULL OR t.emptied_at < t.resolved_at)
      AND NOT EXISTS (SELECT FROM living WHERE living.id = t.id)
    {rest}
"""
_FIRST: Final = "ORDER BY t.id LIMIT :limit FOR UPDATE OF t SKIP LOCKED"


def kinds(*, file_days: int) -> tuple[Kept, ...]:
    """What cases keep; ``file_days`` is how long files stay where the shop says nothing."""
    return (
        Kept(
            name="visitor_chats",
            label=N_("Chats of unknown visitors"),
            goes=N_("What was written and how the visitor was recognised, from the last word on."),
            stays=N_("That there was a chat, when, and how many messages it had."),
            days=90,
            due=_old_talks(of_strangers=True),
            forget=_forget_talks(of_strangers=True),
        ),
        Kept(
            name="conversations",
            label=N_("Conversations with customers"),
            goes=N_("What was written, from the last word on, once its cases are settled."),
            stays=N_("Who wrote when, and how many messages there were."),
            days=1095,
            least_days=30,
            due=_old_talks(of_strangers=False),
            forget=_forget_talks(of_strangers=False),
        ),
        Kept(
            name="visitor_files",
            label=N_("Files of unknown visitors"),
            goes=N_("Files that somebody we do not know has sent, from their arrival on."),
            stays=N_("That there was a file, its kind and size."),
            days=min(30, file_days),
            due=_old_files(of_strangers=True),
            forget=_forget_files(of_strangers=True),
        ),
        Kept(
            name="files",
            label=N_("Files of customers and of cases"),
            goes=N_("Photos and papers, from the end of the last case they could be about."),
            stays=N_("That there was a file, its kind and size."),
            days=file_days,
            due=_old_files(of_strangers=False),
            forget=_forget_files(of_strangers=False),
        ),
        Kept(
            name="case_words",
            label=N_("Words in closed cases"),
            goes=N_("Notes, wishes, side tasks and own fields, from the end of the case on."),
            stays=N_("Reason, times, amounts and decisions: every report stays as it is."),
            days=1095,
            least_days=30,
            due=_count(_CASES),
            forget=_forget_cases,
        ),
        Kept(
            name="answers",
            label=N_("Words with ratings"),
            goes=N_("What customers wrote with a rating, from the day they gave it."),
            stays=N_("The scores."),
            days=1095,
            due=answers.old_words,
            forget=answers.forget_words,
        ),
        Kept(
            name="drafts",
            label=N_("Drafts of answers"),
            goes=N_("What a colleague typed and never sent, from the last key on."),
            stays=N_("Nothing."),
            days=30,
            due=writing.old_drafts,
            forget=writing.forget_drafts,
        ),
    )


def register(runtime: Runtime) -> None:
    """Tell the house what cases keep."""
    runtime.keeping.add(*kinds(file_days=runtime.settings.attachment_days))


def _count(of: str, **given: object) -> Callable[[Session, datetime], int]:
    def due(session: Session, before: datetime) -> int:
        asked = text(of.format(living=_LIVING, what="count(*)", rest=""))
        return int(session.execute(asked, {**given, "before": before}).scalar_one())

    return due


def _first(uow: UnitOfWork, of: str, before: datetime, limit: int, **given: object) -> list[int]:
    asked: TextClause = text(of.format(living=_LIVING, what="t.id", rest=_FIRST))
    rows = uow.session.execute(asked, {**given, "before": before, "limit": limit})
    return list(rows.scalars())


def _old_talks(*, of_strangers: bool) -> Callable[[Session, datetime], int]:
    return _count(_TALKS, of_strangers=of_strangers)


def _forget_talks(*, of_strangers: bool) -> Callable[[UnitOfWork, datetime, int], int]:
    def forget(uow: UnitOfWork, before: datetime, limit: int) -> int:
        threads = _first(uow, _TALKS, before, limit, of_strangers=of_strangers)
        if not threads:
            return 0
        talks.empty(uow, threads)
        if of_strangers:
            talks.forget_senders(uow, threads)
        about = select(Case.id).where(Case.conversation_id.in_(threads)).order_by(Case.id)
        inbox.project(uow, uow.session.scalars(about).all(), holds=True)
        return len(threads)

    return forget


def _old_files(*, of_strangers: bool) -> Callable[[Session, datetime], int]:
    def due(session: Session, before: datetime) -> int:
        return evidence.count_over(session, before=before, of_strangers=of_strangers)

    return due


def _forget_files(*, of_strangers: bool) -> Callable[[UnitOfWork, datetime, int], int]:
    def forget(uow: UnitOfWork, before: datetime, limit: int) -> int:
        over = evidence.over(uow.session, before=before, of_strangers=of_strangers, limit=limit)
        return attachments.remove(uow, over, why="retention")

    return forget


def _forget_cases(uow: UnitOfWork, before: datetime, limit: int) -> int:
    case_ids = _first(uow, _CASES, before, limit)
    if not case_ids:
        return 0
    for emptying in (privacy.empty, fields.empty, writing.empty, tasks.empty):
        emptying(uow, case_ids)
    uow.session.execute(
        update(Case)
        .where(Case.id.in_(case_ids))
        .values(emptied_at=uow.now)
        .execution_options(synchronize_session="fetch")
    )
    inbox.project(uow, case_ids)
    return len(case_ids)
