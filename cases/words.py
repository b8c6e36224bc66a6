"""Words the desk uses for codes of cases, as msgids; said by the pages."""

from typing import Final

from cases.states import CaseState, EntryKind, Priority
from oms_service.web.texts import N_

STATES: Final = {
    CaseState.NEW: N_("New"),
    CaseState.OPEN: N_("In progress"),
    CaseState.WAITING_CUSTOMER: N_("Waiting for customer"),
    CaseState.WAITING_THIRD_PARTY: N_("Waiting for others"),
    CaseState.SNOOZED: N_("Snoozed"),
    CaseState.RESOLVED: N_("Resolved"),
    CaseState.CLOSED: N_("Closed"),
}
#: What a customer reads instead.
PUBLIC_STATES: Final = {
    CaseState.NEW: N_("Received"),
    CaseState.OPEN: N_("We are on it"),
    CaseState.WAITING_CUSTOMER: N_("We wait for your answer"),
    CaseState.WAITING_THIRD_PARTY: N_("We are on it"),
    CaseState.SNOOZED: N_("We are on it"),
    CaseState.RESOLVED: N_("Settled"),
    CaseState.CLOSED: N_("Settled"),
}
STATE_TONES: Final = {
    CaseState.NEW: "attention",
    CaseState.OPEN: "accent",
    CaseState.WAITING_CUSTOMER: "",
    CaseState.WAITING_THIRD_PARTY: "",
    CaseState.SNOOZED: "",
    CaseState.RESOLVED: "success",
    CaseState.CLOSED: "success",
}
STATE_ICONS: Final = {
    CaseState.NEW: "dot",
    CaseState.OPEN: "person",
    CaseState.WAITING_CUSTOMER: "clock",
    CaseState.WAITING_THIRD_PARTY: "truck",
    CaseState.SNOOZED: "pause",
    CaseState.RESOLVED: "check",
    CaseState.CLOSED: "check",
}
PRIORITIES: Final = {
    Priority.URGENT: N_("Urgent"),
    Priority.HIGH: N_("High"),
    Priority.NORMAL: N_("Normal"),
    Priority.LOW: N_("Low"),
}
#: By which an agent says how a case ended.
RESOLUTIONS: Final = {
    "answered": N_("Question answered"),
    "handled": N_("Done as the customer wished"),
    "refused": N_("Refused, with the reason told"),
    "no_answer": N_("The customer did not answer"),
    "duplicate": N_("Handled in another case"),
    "refunded": N_("Refund paid"),
    "return_rejected": N_("Return rejected"),
    "goods_back": N_("Goods came back, nothing was owed"),
    "withdrawn": N_("The customer withdrew it"),
    "remedied": N_("Made good"),
    "claim_rejected": N_("Claim rejected"),
    "recovered": N_("The parcel caught up"),
    "arrived": N_("The parcel arrived"),
    "called_off": N_("The order was cancelled"),
    "merged": N_("Part of another case"),
}
#: Those an agent may choose; the others follow from facts.
CHOSEN: Final = ("answered", "handled", "refused", "no_answer", "duplicate")

RULES: Final = {
    "delivery_date_unknown": N_("Nobody knows when it arrived, so the window cannot be checked."),
    "reason_needs_person": N_("For this reason a colleague looks at the goods first."),
    "above_limit": N_("The amount is above what may be refunded at once."),
    "approval_needed": N_("The shop wants a colleague to confirm each return."),
    "no_policy": N_("This channel has no return policy, so a colleague decides."),
    "not_understood": N_("The bot did not understand the customer twice."),
    "asked": N_("The customer asked for a person."),
    "needs_colleague": N_("Only a colleague can do this."),
    "trouble": N_("The bot ran into trouble."),
    "late": N_("The parcel will miss what the customer was promised."),
    "order_at_risk": N_("The order will probably miss what the customer was promised."),
    "order_late": N_("The day that the customer was promised is over."),
    "order_stalled": N_("Nothing has moved with this order for too long."),
    "evidence_needed": N_("The shop wants to see a photo or other evidence first."),
    "channel_needs_person": N_("What is asked for in this channel is confirmed by a colleague."),
    "change_needs_person": N_("The shop wants a colleague to confirm this change."),
    "cut_off_passed": N_("The time in which this could be changed at once is over."),
    "placed_unknown": N_("Nobody knows when the order was placed."),
    "refund_declined": N_("A second person did not agree to the refund."),
    "refund_overdue": N_("A refund that was paid should have arrived by now."),
    "refund_failed": N_("The provider did not pay the refund."),
    "return_differed": N_("What came back is not what was announced."),
    "return_overdue": N_("Goods that should be on their way back are not."),
}
ENTRIES: Final = {
    EntryKind.OPENED: N_("Case opened"),
    EntryKind.ASSIGNED: N_("Assigned to %(who)s"),
    EntryKind.STATE_CHANGED: N_("Now: %(state)s"),
    EntryKind.NOTE: N_("Internal note"),
    EntryKind.APPENDED: N_("Added: %(what)s"),
    EntryKind.REPLIED: N_("Reply sent"),
    EntryKind.ROUTED: N_("Routed"),
    EntryKind.MERGED: N_("Merged"),
    EntryKind.SPLIT: N_("Split"),
    EntryKind.LINKED: N_("Linked"),
    EntryKind.TASK: N_("Side task"),
    EntryKind.PROMISED: N_("An answer is promised by %(when)s"),
    EntryKind.WARNED: N_("%(percent)s %% of the time is over: %(metric)s"),
}
ACTS: Final = {
    "refund_declined": N_("A second person did not agree to the refund"),
    "message": N_("The customer wrote again"),
    "files": N_("The customer sent files"),
    "files_added": N_("Files were added for colleagues"),
    "file_removed": N_("A file was deleted"),
    "matter": N_("The customer asked for this again"),
    "delay": N_("The parcel slipped further"),
    "recovered": N_("The parcel caught up"),
    "arrived": N_("The parcel arrived"),
    "called_off": N_("The order was cancelled"),
    "return_approved": N_("Return approved"),
    "return_rejected": N_("Return rejected"),
    "return_received": N_("Goods came back"),
    "refund_paid": N_("Refund paid"),
    "return_settled": N_("Return settled, nothing was owed"),
    "return_withdrawn": N_("Return withdrawn"),
    "return_differed": N_("What came back is not what was announced"),
    "return_overdue": N_("The goods are not on their way back"),
    "claim_remedied": N_("Claim put right"),
    "claim_rejected": N_("Claim rejected"),
    "claim_withdrawn": N_("Claim withdrawn"),
    "promised": N_("An answer was promised"),
    "priority_raised": N_("More pressing now"),
}
#: What happened between this case and another, or to a side task; ``number`` names that.
BETWEEN: Final = {
    "merged_into": N_("Became part of %(number)s"),
    "took_in": N_("Took in %(number)s"),
    "unmerged": N_("Stands for itself again, apart from %(number)s"),
    "gave_back": N_("%(number)s stands for itself again"),
    "split_off": N_("Part of it became %(number)s"),
    "split_from": N_("Split off from %(number)s"),
    "split_undone": N_("Put back into %(number)s"),
    "split_back": N_("%(number)s was put back"),
    "linked_related": N_("Has to do with %(number)s"),
    "linked_duplicate_of": N_("Is the same matter as %(number)s"),
    "linked_duplicated_by": N_("Came again as %(number)s"),
    "linked_blocks": N_("Has to be settled before %(number)s"),
    "linked_blocked_by": N_("Waits for %(number)s"),
    "unlinked_related": N_("Has nothing to do with %(number)s any more"),
    "unlinked_duplicate_of": N_("Is not the same matter as %(number)s"),
    "unlinked_duplicated_by": N_("%(number)s is not the same matter"),
    "unlinked_blocks": N_("%(number)s does not wait for it any more"),
    "unlinked_blocked_by": N_("Does not wait for %(number)s any more"),
    "child_opened": N_("%(number)s was opened from it"),
    "opened_from": N_("Opened from %(number)s"),
    "task_asked": N_("Task %(number)s asked for"),
    "task_started": N_("Task %(number)s: somebody is at it"),
    "task_stopped": N_("Task %(number)s: back with the team"),
    "task_done": N_("Task %(number)s is done"),
    "task_cancelled": N_("Task %(number)s is not needed any more"),
    "task_undone": N_("Task %(number)s is to be done again"),
}
WHY_ASSIGNED: Final = {
    "time_runs_out": N_("the time for an answer runs out"),
    "taken": N_("took it"),
    "replied": N_("answered first"),
    "given": N_("given by a colleague"),
    "language_and_capacity": N_("speaks the language and has the most room"),
    "same_as_before": N_("had this customer's last case"),
    "only_one": N_("the only one who could take it"),
    "most_room": N_("has the most room"),
    "idle_longest": N_("waited longest for a case"),
    "took_next": N_("took the next case"),
}
