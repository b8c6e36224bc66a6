"""The tools that propose: written down, told with its money and its end, and done by nobody yet.

What is proposed is read against what the shop told this customer of it: a line, a version or a
method that is not among that is refused, whoever it may belong to.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from bots.dialogue.contracts.returning import Reason
from bots.dialogue.turns import Data, Result, Say
from bots.proposing import service as proposals
from bots.tools import words
from bots.tools.reading import call, key_of
from bots.tools.schemas import (
    ADDRESS,
    DAY,
    ID,
    METHOD,
    ORDER,
    QUANTITY,
    WORDS,
    listed,
    one_of,
    takes,
)
from bots.tools.shapes import BadArguments, Kind, Row, Running, Schema, Told, Tool
from oms_service.kernel.languages import Language
from oms_service.returns.states import ClaimReason, Remedy

_LINES: Final = listed(
    {"line_id": ID, "quantity": QUANTITY}, "Lines by the line_id that eligibility told, and units."
)
_SWAPS: Final = listed(
    {"line_id": ID, "quantity": QUANTITY, "to_variant_id": ID},
    "Lines by line_id, units, and the variant_id of the version wanted instead.",
)
#: By the kind of what is brought before people: the text of what would be done, and of what was.
REPORTS: Final[Mapping[str, str]] = {
    "delay_report": "delay.reported",
    "refund_chase": "refund.chased",
    "complaint": "complaint.taken",
}

Reader = Callable[[Data, Data], dict[str, Any]]
"""What the skill takes, from the arguments and the facts; raises ``BadArguments``."""


def _lines(given: Data, facts: Data) -> list[dict[str, Any]]:
    _known(facts["lines"], given["items"])
    return [{"line_id": one["line_id"], "quantity": one["quantity"]} for one in given["items"]]


def _swaps(given: Data, facts: Data) -> list[dict[str, Any]]:
    lines = _known(facts["lines"], given["items"])
    for place, one in enumerate(given["items"]):
        sold = {variant["variant_id"] for variant in lines[one["line_id"]]["variants"]}
        if one["to_variant_id"] not in sold:
            raise BadArguments(
                {f"items[{place}].to_variant_id": "eligibility tells no such version"}
            )
    return [
        {
            "line_id": one["line_id"],
            "quantity": one["quantity"],
            "variant_id": one["to_variant_id"],
        }
        for one in given["items"]
    ]


def _known(lines: Sequence[Data], items: Sequence[Data]) -> dict[int, Data]:
    """The lines of the order by their id, all that is wished among them, each once."""
    known = {line["line_id"]: line for line in lines}
    seen: set[int] = set()
    for place, one in enumerate(items):
        if one["line_id"] not in known or one["line_id"] in seen:
            raise BadArguments({f"items[{place}].line_id": "eligibility tells no such line"})
        seen.add(one["line_id"])
    return known


def _method(given: Data, facts: Data) -> int | None:
    chosen: int | None = given.get("method_id")
    if chosen is not None and chosen not in {one["method_id"] for one in facts["methods"]}:
        raise BadArguments({"method_id": "eligibility tells no such method"})
    return chosen


def _return(given: Data, facts: Data) -> dict[str, Any]:
    return {
        "lines": _lines(given, facts),
        "reason": given["reason"],
        "method_id": _method(given, facts),
    }


def _exchange(given: Data, facts: Data) -> dict[str, Any]:
    return {
        "swaps": _swaps(given, facts),
        "reason": given.get("reason", str(Reason.CHANGED_MIND)),
        "method_id": _method(given, facts),
    }


def _claim(given: Data, facts: Data) -> dict[str, Any]:
    lines = _lines(given, facts)
    return {"lines": lines, "reason": given["problem"], "remedy": given["remedy"]}


def _cancel(given: Data, facts: Data) -> dict[str, Any]:
    _among(facts["reasons"], "reason", given["reason"])
    lines = _lines(given, facts) if "items" in given else None
    return {"lines": lines, "reason": given["reason"]}


def _address(given: Data, _facts: Data) -> dict[str, Any]:
    return {"address": dict(given["address"])}


def _delivery(given: Data, facts: Data) -> dict[str, Any]:
    day, hours = given.get("day", facts["day"]), given.get("hours", facts["wished_hours"])
    if given.get("day") is not None:
        try:
            date.fromisoformat(given["day"])
        except ValueError:
            raise BadArguments({"day": "must be a day of the calendar"}) from None
    if given.get("hours"):
        _among([one["code"] for one in facts["hours"]], "hours", given["hours"])
    return {"day": day, "hours": hours}


def _items(given: Data, facts: Data) -> dict[str, Any]:
    return {"swaps": _swaps(given, facts), "method_id": _method(given, facts)}


def _payment(given: Data, facts: Data) -> dict[str, Any]:
    return {"method_id": _method(given, facts)}


def _among(known: Collection[str], name: str, code: str) -> None:
    if code not in known:
        raise BadArguments({name: f"must be one of: {', '.join(known)}"})


def _form(
    name: str,
    description: str,
    parameters: Schema,
    *,
    skill: str,
    facts: str,
    form: str,
    read: Reader,
) -> Row:
    """A tool that proposes what a form of the chat proposes."""

    def run(context: Running, _language: Language, given: Data) -> Told:
        key = key_of(given)
        asked = {} if key is None else {"order_key": key, "spoken": None}
        known = call(facts, context, asked)
        if known.outcome == "with_carrier":
            known = Result(facts, "refused", known.data)
        if known.outcome != "ok":
            return _not_open(form, known)
        named = {} if key is None else {"order_key": key}
        return _proposed(context, form, call(skill, context, {**named, **read(given, known.data)}))

    return Row(_tool(name, description, parameters, "ok", "refused", "unknown", "none"), run)


def _not_open(form: str, known: Result) -> Told:
    if known.outcome == "refused":
        return Told(known, words.of_refusal(form, known.data))
    return Told(known, [Say("tools.unknown_order")])


def _proposed(context: Running, form: str, result: Result) -> Told:
    if result.outcome == "refused":
        return Told(result, words.of_refusal(form, result.data))
    if result.outcome != "ok":
        return Told(result, [Say("tools.unknown_order")])
    return _told(context, result, words.of_proposal(form, result.data))


def _told(context: Running, result: Result, says: Sequence[Say]) -> Told:
    until = (context.uow.now + proposals.KEPT).isoformat()
    more = {"proposal_id": result.data["proposal"], "expires_at": until}
    return Told(result, [*says, Say("tools.until", {"at": until})], more)


def _report(name: str, kind: str, description: str, parameters: Schema) -> Row:
    """A tool that proposes to bring something before people."""

    def run(context: Running, _language: Language, given: Data) -> Told:
        result = call(name, context, {"order_key": key_of(given)})
        if result.outcome == "ok":
            about = "" if result.data["number"] else "_alone"
            says = [Say(f"tools.{kind}{about}", {"number": result.data["number"]})]
            return _told(context, result, says)
        return Told(result, [Say(f"tools.{_WHY_NOT.get(result.outcome, 'unknown_order')}")])

    return Row(_tool(name, description, parameters, "ok", "in_time", "unknown"), run)


_WHY_NOT: Final = {"in_time": "in_time"}


def _tool(name: str, description: str, parameters: Schema, *outcomes: str) -> Tool:
    told = f"{description} Nothing is done until confirm_action says so."
    return Tool(name, told, parameters, Kind.PROPOSE, needs_customer=True, outcomes=outcomes)


ROWS: Final = (
    _form(
        "propose_cancel",
        "Propose to call off an order, or units of its lines.",
        takes(
            {
                "order_number": ORDER,
                "reason": {"type": "string", "minLength": 1, "maxLength": 60},
                "items": _LINES,
            },
            "order_number",
            "reason",
        ),
        skill="propose_cancel",
        facts="cancel_facts",
        form="cancel",
        read=_cancel,
    ),
    _form(
        "propose_return",
        "Propose to send things back for their money.",
        takes(
            {
                "order_number": ORDER,
                "items": _LINES,
                "reason": one_of(*Reason),
                "method_id": METHOD,
            },
            "order_number",
            "items",
            "reason",
        ),
        skill="propose_return",
        facts="return_facts",
        form="return",
        read=_return,
    ),
    _form(
        "propose_exchange",
        "Propose to exchange things for other versions of them.",
        takes(
            {
                "order_number": ORDER,
                "items": _SWAPS,
                "reason": one_of(*Reason),
                "method_id": METHOD,
            },
            "order_number",
            "items",
        ),
        skill="propose_exchange",
        facts="exchange_facts",
        form="exchange",
        read=_exchange,
    ),
    _form(
        "propose_claim",
        "Propose to have put right what came damaged, defective, wrong, short, or not at all.",
        takes(
            {
                "order_number": ORDER,
                "items": _LINES,
                "problem": one_of(*ClaimReason),
                "remedy": one_of(*Remedy),
            },
            "order_number",
            "items",
            "problem",
            "remedy",
        ),
        skill="propose_claim",
        facts="claim_facts",
        form="claim",
        read=_claim,
    ),
    _form(
        "propose_address_change",
        "Propose to send an order to another address; who gets it stays.",
        takes({"order_number": ORDER, "address": ADDRESS}, "order_number", "address"),
        skill="propose_address",
        facts="address_facts",
        form="address",
        read=_address,
    ),
    _form(
        "propose_usual_address",
        "Propose where the customer's parcels go from now on.",
        takes({"address": ADDRESS}, "address"),
        skill="propose_usual_address",
        facts="usual_address_facts",
        form="usual_address",
        read=_address,
    ),
    _form(
        "propose_delivery_change",
        "Propose another day or other hours of delivery; what is left out stays.",
        takes(
            {"order_number": ORDER, "day": DAY, "hours": {"type": "string", "maxLength": 20}},
            "order_number",
        ),
        skill="propose_delivery",
        facts="delivery_facts",
        form="delivery",
        read=_delivery,
    ),
    _form(
        "propose_item_change",
        "Propose other versions of things in an order that has not left yet.",
        takes(
            {"order_number": ORDER, "items": _SWAPS, "method_id": METHOD},
            "order_number",
            "items",
        ),
        skill="propose_items",
        facts="item_facts",
        form="items",
        read=_items,
    ),
    _form(
        "propose_payment_change",
        "Propose to pay an order by another of the customer's methods.",
        takes({"order_number": ORDER, "method_id": METHOD}, "order_number", "method_id"),
        skill="propose_payment",
        facts="payment_facts",
        form="payment",
        read=_payment,
    ),
    _report(
        "propose_delay_report",
        "delay_report",
        "Propose to report to colleagues that an order is late.",
        takes({"order_number": ORDER}, "order_number"),
    ),
    _report(
        "propose_refund_chase",
        "refund_chase",
        "Propose to have colleagues look for money that has not come back.",
        takes({"order_number": ORDER}, "order_number"),
    ),
    _report(
        "propose_complaint",
        "complaint",
        "Propose to bring a complaint before colleagues, who read its words in this conversation.",
        takes({"order_number": ORDER, "words": WORDS}, "words"),
    ),
)
