"""What is brought before people only once it is agreed to: delays, refunds, complaints."""

from collections.abc import Mapping
from typing import Final

from bots.dialogue.contracts.proposing import ProposedData
from bots.dialogue.contracts.shapes import NONE, Skill, Text


class ShownReport(ProposedData):
    """What colleagues would be told of."""

    number: str | None
    """The order's; None where it is about none."""
    summary: Text


SKILLS: Final[Mapping[str, Skill]] = {
    # ``in_time``: the order is not late, so there is nothing to report.
    "propose_delay_report": Skill(
        {"order_key": (str,)}, {"ok": ShownReport, "in_time": None, "unknown": None}
    ),
    "propose_refund_chase": Skill({"order_key": (str,)}, {"ok": ShownReport, "unknown": None}),
    "propose_complaint": Skill({"order_key": (str, NONE)}, {"ok": ShownReport, "unknown": None}),
}
