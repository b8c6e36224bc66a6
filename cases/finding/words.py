"""Words for views, filters and bulk actions, as msgids; said by the pages."""

from collections.abc import Mapping
from typing import Final

from cases.finding.filters import OPEN, OVER, SETTLED, SOON, Key, View
from cases.finding.states import BulkAction, BulkState, Sort
from oms_service.web.texts import N_

VIEWS: Final[Mapping[View, str]] = {
    View.MINE: N_("Mine"),
    View.UNASSIGNED: N_("Unassigned"),
    View.OPEN: N_("All open"),
    View.DUE_SOON: N_("Due soon"),
    View.OVERDUE: N_("Overdue"),
    View.WAITING: N_("Waiting"),
    View.RESOLVED: N_("Resolved"),
    View.ALL: N_("All cases"),
}
SORTS: Final[Mapping[Sort, str]] = {
    Sort.PRIORITY: N_("Most pressing first"),
    Sort.DUE: N_("Due first"),
    Sort.WAITING: N_("Waiting longest first"),
    Sort.NEWEST: N_("Newest first"),
    Sort.CHANGED: N_("Changed last first"),
}
KEYS: Final[Mapping[Key, str]] = {
    Key.STATE: N_("State"),
    Key.QUEUE: N_("Queue"),
    Key.TAG: N_("Tag"),
    Key.ASSIGNEE: N_("Who has it"),
    Key.REASON: N_("Reason"),
    Key.CHANNEL: N_("Channel"),
    Key.PRIORITY: N_("Priority"),
    Key.LANGUAGE: N_("Language"),
    Key.DUE: N_("Answer due"),
    Key.AFTER: N_("Opened from"),
    Key.BEFORE: N_("Opened before"),
}
STATES: Final[Mapping[str, str]] = {OPEN: N_("All open"), SETTLED: N_("All settled")}
DUE: Final[Mapping[str, str]] = {SOON: N_("Within four hours"), OVER: N_("Overdue")}
ACTIONS: Final[Mapping[BulkAction, str]] = {
    BulkAction.ASSIGN: N_("Give to a colleague"),
    BulkAction.QUEUE: N_("Move to a queue"),
    BulkAction.PRIORITY: N_("Set the priority"),
    BulkAction.TAG: N_("Put a tag on"),
    BulkAction.UNTAG: N_("Take a tag off"),
    BulkAction.SNOOZE: N_("Put away until later"),
    BulkAction.RESOLVE: N_("Resolve"),
}
UNDO: Final = N_("Undo: %(action)s")
BULK_STATES: Final[Mapping[BulkState, tuple[str, str]]] = {
    BulkState.DRAFTED: (N_("Not started"), ""),
    BulkState.RUNNING: (N_("Under way"), "accent"),
    BulkState.DONE: (N_("Finished"), "success"),
    BulkState.CANCELLED: (N_("Called off"), "attention"),
}
#: Why a case was left out, by the code of the refusal.
WHY: Final[Mapping[str, str]] = {
    "stale-version": N_("Somebody changed it meanwhile."),
    "already-done": N_("It is settled already."),
    "illegal-transition": N_("Its state does not allow that."),
    "not-found": N_("It is not there any more."),
    "invalid": N_("Something is missing in it."),
    "case-unsettled": N_("Its lines or fields have to be settled on its own page first."),
    "colleague-cannot-see": N_("This colleague does not see cases of its queue."),
    "others-open": N_("It waits for another case."),
    "another-case-open": N_("Another open case has that matter."),
}
OTHERWISE: Final = N_("That is not possible for this case.")
SETTLED_TOGETHER: Final = N_("Settled together with others, %(count)s cases in all.")
