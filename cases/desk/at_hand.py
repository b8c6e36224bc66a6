"""What a colleague has at hand in a case: answers on their way, drafts, macros, advice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cases.desk.page import CasePage
from cases.evidence import queries as evidence
from cases.states import EntryKind
from cases.taxonomy import queries as taxonomy
from cases.writing import queries as writing
from cases.writing import resembling, suggesting
from cases.writing.seen import Seen
from cases.writing.suggesting import Facts, Suggestion
from cases.writing.views import MacroView, PendingView, ReminderView
from oms_service.access.queries import StaffView
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.actors import staff as a_colleague


@dataclass(frozen=True)
class AtHand:
    """What one colleague can go on with."""

    seen: Seen
    leaving: Sequence[PendingView]
    failed: PendingView | None
    draft: str
    reminder: ReminderView | None
    macros: Sequence[MacroView]
    suggestions: Sequence[Suggestion]


def read(session: Session, page: CasePage, me: StaffView) -> AtHand:
    """What there is at hand. A number of queries that does not grow; none for a settled case."""
    if not (page.is_active and me.may("cases:reply")):
        return AtHand(Seen(0, 0), writing.leaving(session, page.case.id), None, "", None, (), ())
    case = page.case
    queue, _name = taxonomy.queues(session)[case.queue_id]
    macros = writing.fitting(
        writing.macros(session, staff_id=me.id), reason=case.reason, queue=queue
    )
    return AtHand(
        seen=writing.seen_now(session, case),
        leaving=writing.leaving(session, case.id),
        failed=writing.not_sent(session, case.id, a_colleague(me.id).ref),
        draft=writing.draft(session, case.id, me.id),
        reminder=writing.reminder(session, case.id),
        macros=macros,
        suggestions=suggestions(session, page, macros),
    )


def suggestions(
    session: Session, page: CasePage, macros: Sequence[MacroView]
) -> Sequence[Suggestion]:
    """What could be done next in an open case; ``macros`` are those that fit it."""
    words = page.asked_in.text if page.asked_in else ""
    facts = Facts(
        state=page.case.state,
        reason=page.case.reason,
        is_taken=page.case.assignee_id is not None,
        return_waits=page.may_decide,
        last_words=words if _is_last(page) else "",
        expected_until=_expected_until(page),
        has_photos=_has_photos(session, page, macros),
    )
    similar = resembling.similar(session, page.case, words)
    return suggesting.suggest(facts, similar, macros, now=page.now)


def _has_photos(session: Session, page: CasePage, macros: Sequence[MacroView]) -> bool:
    """Whether the customer has shown pictures; looked up only where somebody might ask for them."""
    if suggesting.ASKS_FOR_PHOTOS not in {one.code for one in macros}:
        return False
    return any(
        one.is_picture and Actor.from_ref(one.uploaded_by).kind is not ActorKind.STAFF
        for one in evidence.of_case(session, page.case)
        if not one.is_internal
    )


def _expected_until(page: CasePage) -> datetime | None:
    tracking = page.panel.tracking if page.panel else None
    if tracking is None or tracking.window is None or not tracking.is_under_way:
        return None
    return tracking.window.until


def _is_last(page: CasePage) -> bool:
    """Whether the customer spoke last, and nothing was done since."""
    after = [
        line
        for line in page.thread
        if line.kind != "entry" or (line.entry and line.entry.kind is EntryKind.ACTED)
    ]
    return bool(after) and after[-1].kind == "customer"
