"""What events of cases are called in the audit log."""

from collections.abc import Mapping
from typing import Final

from oms_service.web.texts import N_

#: What happened, by the names of events.
EVENTS: Final[Mapping[str, str]] = {
    "case.accepted": N_("Customer says the matter is settled"),
    "case.act_undone": N_("Act of a case called off"),
    "case.acted": N_("Acted on an order from its case"),
    "case.appended": N_("Added to a case"),
    "case.assigned": N_("Case given to somebody"),
    "case.changed": N_("Case moved on"),
    "case.due_changed": N_("Due time of a case changed"),
    "case.edited": N_("Case edited"),
    "case.escalated": N_("Case escalated"),
    "case.mentioned": N_("Colleague mentioned in a note"),
    "case.merged": N_("Case merged into another"),
    "case.noted": N_("Note written"),
    "case.opened": N_("Case opened"),
    "case.rejected": N_("Customer says the matter is not settled"),
    "case.released": N_("Case given back to its queue"),
    "case.reopened": N_("Case reopened"),
    "case.replied": N_("Customer answered"),
    "case.resolved": N_("Case resolved"),
    "case.routed": N_("Case sent to a queue"),
    "case.sla_warned": N_("Time for an answer is running out"),
    "case.split": N_("Part of a case made a case of its own"),
    "case.task_changed": N_("Side task changed"),
    "case.unmerged": N_("Case taken apart again"),
    "case_bulk.started": N_("Many cases changed at once"),
    "satisfaction.answered": N_("Customer rated our help"),
    "satisfaction.asked": N_("Customer asked to rate our help"),
}
