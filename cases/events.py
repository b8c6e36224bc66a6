"""What cases tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@dataclass(frozen=True, kw_only=True)
class AboutCase(Event):
    """What every event of a case says."""

    case_id: int


@event("case.opened", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseOpened(AboutCase):
    """A matter needs a person."""

    order_id: int | None
    reason: str


@event("case.appended", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseAppended(AboutCase):
    """Something new belongs to a case that is there already; ``what`` is a code."""

    what: str


@event("case.assigned", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseAssigned(AboutCase):
    """Somebody has it now; ``why`` is a code."""

    staff_id: int
    why: str


@event("case.released", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseReleased(AboutCase):
    """Somebody gave it back to its queue; ``staff_id`` is who had it."""

    staff_id: int


@event("case.replied", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseReplied(AboutCase):
    """A person answered the customer; ``asks`` where the customer is to answer in turn."""

    message_id: int
    is_first: bool
    asks: bool = False


@event("case.changed", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseChanged(AboutCase):
    """A case moved to another state that has no event of its own."""

    state: str


@event("case.resolved", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseResolved(AboutCase):
    """The matter is settled; ``resolution`` is a code.

    ``follows`` is a code of what settled it by itself; empty where somebody said that it is.
    """

    order_id: int | None
    resolution: str
    follows: str = ""


@event("case.reopened", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseReopened(AboutCase):
    """A settled matter was not settled after all."""


@event("case.merged", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseMerged(AboutCase):
    """It has become part of another case, which takes all that comes from now on."""

    into_id: int


@event("case.unmerged", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseUnmerged(AboutCase):
    """It stands for itself again; ``from_id`` is the case it was part of."""

    from_id: int


@event("case.split", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseSplit(AboutCase):
    """Part of it has become a case of its own."""

    into_id: int


@event("case.mentioned", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseMentioned(AboutCase):
    """A colleague was called by name in a note, which is the line ``entry_id`` of the record."""

    staff_id: int
    entry_id: int


@event("case.task_changed", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseTaskChanged(AboutCase):
    """A side task was opened or has moved on; ``state`` is where it stands now."""

    task_id: int
    team: str
    state: str


@event("case.noted", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseNoted(AboutCase):
    """A colleague wrote something down that no customer reads."""


@event("case.due_changed", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseDueChanged(AboutCase):
    """Another answer of a case is due next, or at another time; empty while no clock runs."""

    metric: str
    due_at: str


@event("case.sla_warned", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseSlaWarned(AboutCase):
    """So much of the time for an answer has passed; ``staff_id`` is who has the case."""

    metric: str
    percent: int
    due_at: str
    staff_id: int | None


@event("case.edited", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseEdited(AboutCase):
    """What a case is about was set; ``what`` is reason, priority, queue, language or the like.

    ``before`` and ``after`` are codes or ids, empty where words were written.
    """

    what: str
    before: str
    after: str
