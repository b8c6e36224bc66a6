"""The tools that end a proposal, and the one that calls for people."""

from typing import Any, Final

from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.turns import Data, Say
from bots.tools import words
from bots.tools.reading import ACTIONS, call, key_of
from bots.tools.schemas import ORDER, PROPOSAL, WORDS, one_of, takes
from bots.tools.shapes import Kind, Row, Running, Told, Tool
from bots.tools.wishing import REPORTS
from oms_service.kernel.languages import Language

#: What somebody may want of a person, and how the chat calls it.
_WISHES: Final = {
    **{action: form for action, (_, form) in ACTIONS.items()},
    "change_address": "change_address",
    "change_delivery": "change_delivery_date",
    "change_items": "change_items",
    "change_payment": "change_payment",
    "cancel": "cancel_order",
    "where_is_it": "track",
    "delay": "delay",
    "other": "other",
}


def _confirm(context: Running, _language: Language, given: Data) -> Told:
    result = call("carry_out", context, {"proposal": given["proposal_id"]})
    match result.outcome:
        case "ok":
            kind = result.data["kind"]
            says = (
                _reported(kind, result.data)
                if kind in REPORTS
                else words.of_deed(kind, result.data)
            )
        case "already":
            says = [Say("proposal.already")]
        case "refused":
            reasons = result.data["refusals"]
            says = [Say("refused.because", {"refusal": one}) for one in reasons]
        case "changed":
            says = [Say("tools.changed")]
        case _:
            says = [Say(f"proposal.was_{result.outcome}")]
    return Told(result, says)


def _reported(kind: str, data: Data) -> list[Say]:
    return [Say(REPORTS[kind], {"case": data["case_number"]})]


def _decline(context: Running, _language: Language, given: Data) -> Told:
    result = call("withdraw_proposal", context, {"proposal": given["proposal_id"]})
    return Told(result, [Say("tools.declined")])


def _request_human(context: Running, language: Language, given: Data) -> Told:
    """People learn what is wished and of which order; the words stand in the conversation."""
    wish = _WISHES[given.get("about", "other")]
    summary: dict[str, Any] = {
        "wish": wish,
        "open_flows": [],
        "step": None,
        "order_key": key_of(given),
        "proposal": None,
        "further_wishes": [],
        "is_identified": context.customer_id is not None,
        "language": str(language),
    }
    asked = {"reason": str(HandOffReason.ASKED), "summary": summary}
    result = call("hand_off", context, asked)
    return Told(result, words.of_flow("hand_off", result, language))


ROWS: Final = (
    Row(
        Tool(
            "confirm_action",
            "Do what was proposed, once, after the customer has clearly agreed to its words."
            " What changed since is not done: propose it anew.",
            takes({"proposal_id": PROPOSAL}, "proposal_id"),
            Kind.CONFIRM,
            needs_customer=True,
            outcomes=("ok", "already", "changed", "expired", "replaced", "refused", "unknown"),
        ),
        _confirm,
    ),
    Row(
        Tool(
            "decline_action",
            "Let go of what was proposed: it is never done.",
            takes({"proposal_id": PROPOSAL}, "proposal_id"),
            Kind.CONFIRM,
            needs_customer=True,
            outcomes=("ok",),
        ),
        _decline,
    ),
    Row(
        Tool(
            "request_human",
            "Pass the matter to a colleague of the shop, who sees all that was done here. From then"
            " on nothing can be proposed here until they hand it back; messages tells what they"
            " write.",
            takes(
                {"words": WORDS, "about": one_of(*_WISHES), "order_number": ORDER},
                "words",
            ),
            Kind.HUMAN,
            needs_customer=True,
            outcomes=("ok",),
        ),
        _request_human,
    ),
)
