"""Words for the codes of the taxonomy, as msgids; said by the pages."""

from typing import Final

from cases.states import LineEnding, ReasonGroup, Stage
from cases.taxonomy.states import FieldKind
from oms_service.web.texts import N_

STAGES: Final = {
    Stage.PROCESSING: N_("Before it ships"),
    Stage.SHIPPED: N_("On its way"),
    Stage.DELIVERED: N_("After delivery"),
    Stage.CANCELLED: N_("Cancelled order"),
    Stage.FAILED: N_("Delivery failed"),
    Stage.NONE: N_("Without an order"),
}
GROUPS: Final = {
    ReasonGroup.DELIVERY: N_("Delivery"),
    ReasonGroup.ORDER: N_("The order"),
    ReasonGroup.GOODS: N_("Goods"),
    ReasonGroup.RETURNS: N_("Returns and exchanges"),
    ReasonGroup.MONEY: N_("Money and refunds"),
    ReasonGroup.OTHER: N_("Other"),
}
KINDS: Final = {
    FieldKind.TEXT: N_("Text"),
    FieldKind.NUMBER: N_("Number"),
    FieldKind.DATE: N_("Day"),
    FieldKind.CHOICE: N_("Choice"),
    FieldKind.YES_NO: N_("Yes or no"),
}
ENDINGS: Final = {
    LineEnding.REFUNDED: N_("Refunded"),
    LineEnding.PARTLY_REFUNDED: N_("Partly refunded"),
    LineEnding.REPLACED: N_("Sent again"),
    LineEnding.EXCHANGED: N_("Exchanged"),
    LineEnding.RETURNED: N_("Came back"),
    LineEnding.EXPLAINED: N_("Explained, nothing to do"),
    LineEnding.REFUSED: N_("Refused"),
    LineEnding.WITHDRAWN: N_("Withdrawn by the customer"),
}
#: What the record says was set; ``%(before)s`` and ``%(after)s`` are words by then.
EDITS: Final = {
    "reason": N_("Reason: %(before)s → %(after)s"),
    "priority": N_("Priority: %(before)s → %(after)s"),
    "queue": N_("Queue: %(before)s → %(after)s"),
    "language": N_("Language: %(before)s → %(after)s"),
    "status": N_("Status: %(before)s → %(after)s"),
    "line_ending": N_("%(name)s: %(before)s → %(after)s"),
}
FIELD: Final = N_("%(name)s: %(before)s → %(after)s")
TAGGED: Final = N_("Tag put on: %(after)s")
UNTAGGED: Final = N_("Tag taken off: %(before)s")
ORDER_ADDED: Final = N_("Order %(after)s belongs to it now")
ORDER_REMOVED: Final = N_("Order %(before)s does not belong to it any more")
LINES_CHOSEN: Final = N_("About these lines: %(after)s")
NOTHING: Final = "—"
YES_NO: Final = {"yes": N_("Yes"), "no": N_("No")}
