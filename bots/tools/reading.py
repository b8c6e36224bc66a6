"""The tools that only tell: where things are, what may be done, what the shop says."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bots.answers.states import Topic
from bots.dialogue.calls import SKILLS as CONTRACTS
from bots.dialogue.contracts.answering import Paper
from bots.dialogue.turns import Data, Result, Say
from bots.skills.context import Declared, Needs
from bots.skills.table import SKILLS
from bots.tools import schemas, words
from bots.tools.schemas import ORDER, WORDS, one_of, takes
from bots.tools.shapes import Kind, Row, Running, Schema, Told, Tool
from bots.understanding.heard import Intent
from oms_service.conversations import queries as conversations
from oms_service.conversations.states import AuthorKind, Direction
from oms_service.kernel.languages import Language
from oms_service.kernel.text import order_key

#: By what can be done about an order: the skill that knows, and whose words say no.
ACTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "return": ("return_facts", "return"),
    "exchange": ("exchange_facts", "exchange"),
    "claim": ("claim_facts", "claim"),
    "cancel": ("cancel_facts", "cancel"),
    "change_address": ("address_facts", "address"),
    "change_delivery": ("delivery_facts", "delivery"),
    "change_items": ("item_facts", "items"),
    "change_payment": ("payment_facts", "payment"),
    "refund": ("refund_choices", "refund_request"),
}
#: Messages that are handed out at a time, the newest.
_MOST_MESSAGES: Final = 20


def call(name: str, context: Running, given: Data) -> Result:
    """Run a skill as the chat would, and keep back what is not for whoever hears it."""
    result = SKILLS[name](context, given)
    if not context.is_masked:
        return result
    return Result(result.skill, result.outcome, words.masked(result.data))


def key_of(given: Data) -> str | None:
    number = given.get("order_number")
    return order_key(number) if number is not None else None


def _row(
    name: str,
    skill: str,
    description: str,
    parameters: Schema,
    *,
    arguments: Callable[[Data], dict[str, Any]],
    says: Callable[[Result, Language, Data], list[Say]],
) -> Row:
    """A tool that asks one skill."""

    def run(context: Running, language: Language, given: Data) -> Told:
        result = call(skill, context, arguments(given))
        return Told(result, says(result, language, given))

    return Row(_tool(name, skill, description, parameters), run)


def _tool(name: str, skill: str, description: str, parameters: Schema) -> Tool:
    row = SKILLS[skill]
    needs = isinstance(row, Declared) and row.needs is Needs.KNOWN_CUSTOMER
    outcomes = tuple(sorted(CONTRACTS[skill].outcomes))
    return Tool(name, description, parameters, Kind.READ, needs, outcomes)


def _of_flow(flow: str, **frame: Any) -> Callable[[Result, Language, Data], list[Say]]:
    return lambda result, language, given: words.of_flow(
        flow, result, language, **{name: of(given) for name, of in frame.items()}
    )


def _one_order(given: Data) -> dict[str, Any]:
    return {"order_key": key_of(given)}


def _nothing(given: Data) -> dict[str, Any]:  # noqa: ARG001 - one of several
    return {}


_SOME_ORDER: Final = takes({"order_number": ORDER})
_THE_ORDER: Final = takes({"order_number": ORDER}, "order_number")


def _eta(context: Running, language: Language, given: Data) -> Told:
    """When it comes, which is part of where it is."""
    result = call("track_order", context, {"order_key": key_of(given)})
    says = words.of_flow("track", result, language, intent=str(Intent.DELIVERY_ETA))
    kept = ("number", "step", "window", "promised", "moved", "is_late", "explanation")
    if result.outcome != "ok":
        return Told(result, says)
    data = {name: result.data[name] for name in (*kept, "delivered_at", "next_word_at")}
    return Told(Result("track_order", "ok", data), says)


def _eligibility(context: Running, _language: Language, given: Data) -> Told:
    """Whether something can be done, and what there is to choose for it."""
    skill, form = ACTIONS[given["action"]]
    result = call(skill, context, {"order_key": key_of(given), "spoken": None})
    params = {"action": given["action"], "number": result.data.get("number", "")}
    match result.outcome:
        case "ok" | "under_way":
            says = [Say(f"tools.{result.outcome}", params)]
        case "refused":
            says = words.of_refusal(form, result.data)
        case "with_carrier" if result.data["link"]:
            says = [Say("delivery.with_carrier", dict(result.data))]
        case "with_carrier":
            says = words.of_refusal(form, result.data)
        case _:
            says = [Say("tools.unknown_order")]
    return Told(result, says)


def _product(flow_intent: Intent) -> Callable[[Running, Language, Data], Told]:
    def run(context: Running, language: Language, given: Data) -> Told:
        asked = {"words": given["words"], "product": given.get("product")}
        result = call("find_product", context, asked)
        frame = {"intent": str(flow_intent), "said": [given["words"]]}
        return Told(result, words.of_flow("goods", result, language, **frame))

    return run


def _shop_question(context: Running, language: Language, given: Data) -> Told:
    arguments: dict[str, Any] = {"order_key": None}
    if given.get("answer") is not None:
        result = call("tell_answer", context, {**arguments, "code": given["answer"]})
    else:
        asked = {"words": given["words"], "topic": given.get("topic", str(Topic.SHOP))}
        result = call("find_answer", context, {**arguments, **asked})
    if result.outcome == "none":
        return Told(result, [Say("tools.no_answer")])
    frame = {"intent": str(Intent.SHIPPING_INFO), "said": [given["words"]]}
    return Told(result, words.of_flow("asking", result, language, **frame))


def _policy(context: Running, _language: Language, given: Data) -> Told:
    about = given["about"]
    result = call("policy_of_order", context, {"order_key": key_of(given), "about": about})
    if result.outcome != "ok":
        return Told(result, [Say("tools.unknown_order")])
    return Told(result, words.of_policy(result.data, about))


def _usual_address(context: Running, _language: Language, _given: Data) -> Told:
    result = call("usual_address_facts", context, {})
    address = result.data.get("address")
    return Told(result, words.of_usual_address(address))


def _standing(context: Running, _language: Language, given: Data) -> Told:
    result = call("proposal_standing", context, {"proposal": given["proposal_id"]})
    return Told(result, [Say(f"proposal.was_{result.outcome}")])


def _messages(context: Running, _language: Language, _given: Data) -> Told:
    """What people wrote in this conversation; it is for the customer, and no instruction."""
    thread = conversations.thread(
        context.uow.session, context.conversation.id, limit=_MOST_MESSAGES
    )
    said = [
        {"at": one.at.isoformat(), "by": str(one.author_kind), "said": one.text}
        for one in thread
        if one.direction is Direction.OUT and one.author_kind is not AuthorKind.BOT
    ]
    data = {"messages": said, "answers": str(context.conversation.owner)}
    data = words.masked(data) if context.is_masked else data
    key = "tools.messages" if said else "tools.no_messages"
    return Told(Result("messages", "ok", data), [Say(key, {"count": len(said)})])


def _paper(given: Data) -> dict[str, Any]:
    return {**_one_order(given), "paper": given["paper"]}


def _paper_says(result: Result, language: Language, given: Data) -> list[Say]:
    said = "invoice" if given["paper"] == Paper.INVOICE else "receipt"
    return words.of_flow("papers", result, language, said=[said])


ROWS: Final = (
    _row(
        "list_orders",
        "list_orders",
        "The customer's orders, newest first, each with its number, what is in it and where it is.",
        takes({}),
        arguments=_nothing,
        says=_of_flow("orders"),
    ),
    _row(
        "find_order",
        "order_contents",
        "What is in one order, what it came to, how it was paid and what was paid back. Without a"
        " number the customer's only order, or those to choose from.",
        takes({"order_number": ORDER, "is_last": {"type": "boolean"}}),
        arguments=lambda given: {**_one_order(given), "is_last": given.get("is_last", False)},
        says=_of_flow("contents"),
    ),
    _row(
        "order_status",
        "track_order",
        "Where an order is: its step, its parcels with carrier and tracking number, when it comes"
        " and why then. Without a number the one under way, or those to choose from.",
        _SOME_ORDER,
        arguments=_one_order,
        says=_of_flow("track"),
    ),
    Row(
        _tool(
            "eta",
            "track_order",
            "When an order arrives as far as anybody knows, what was promised, and what moved it.",
            _SOME_ORDER,
        ),
        _eta,
    ),
    Row(
        Tool(
            "eligibility",
            "Whether something can be done about an order by the shop's rules, or why not; and what"
            " there is to choose: line_id of lines, variant_id, method_id, days, reasons. Call it"
            " before propose_*; only what it told can be proposed.",
            takes(
                {"order_number": ORDER, "action": one_of(*ACTIONS, description="What is wished.")},
                "order_number",
                "action",
            ),
            Kind.READ,
            needs_customer=True,
            outcomes=tuple(
                sorted({one for skill, _ in ACTIONS.values() for one in CONTRACTS[skill].outcomes})
            ),
        ),
        _eligibility,
    ),
    _row(
        "refund_status",
        "refund_news",
        "Where the money of an order that goes back is, and by when it comes.",
        _SOME_ORDER,
        arguments=_one_order,
        says=_of_flow("refund"),
    ),
    _row(
        "invoice_link",
        "paper_of_order",
        "The address where the invoice or the receipt of an order is made, or why there is none.",
        takes({"order_number": ORDER, "paper": one_of(*Paper)}, "paper"),
        arguments=_paper,
        says=_paper_says,
    ),
    _row(
        "balances",
        "balances",
        "What the customer's gift cards and store credit hold.",
        takes({}),
        arguments=_nothing,
        says=_of_flow("balance"),
    ),
    Row(
        _tool(
            "order_policy",
            "policy_of_order",
            "Until when each line of an order may come back, or whether it can be called off.",
            takes(
                {"order_number": ORDER, "about": one_of("returns", "cancelling")},
                "order_number",
                "about",
            ),
        ),
        _policy,
    ),
    Row(
        _tool(
            "usual_address",
            "usual_address_facts",
            "Where the customer's parcels go when nothing else is said.",
            takes({}),
        ),
        _usual_address,
    ),
    Row(
        _tool(
            "stock",
            "find_product",
            "Whether a product is there, in which versions, at what price, and in which shops;"
            " name it in words, with a colour, a size or a shop if wished.",
            takes({"words": WORDS, "product": {"type": "string", "maxLength": 80}}, "words"),
        ),
        _product(Intent.PRODUCT_AVAILABILITY),
    ),
    Row(
        _tool(
            "product_question",
            "find_product",
            "What the shop says about a product: what it is, its measures, its versions, and its"
            " own answers. Name the product in the question.",
            takes({"words": WORDS, "product": {"type": "string", "maxLength": 80}}, "words"),
        ),
        _product(Intent.PRODUCT_INFO),
    ),
    Row(
        _tool(
            "shop_question",
            "find_answer",
            "What the shop answers to a question about shipping, returns, payment, coupons,"
            " accounts or ordering; with the code of one of several answers, that one.",
            takes(
                {
                    "words": WORDS,
                    "topic": one_of(*Topic),
                    "answer": {"type": "string", "maxLength": 80},
                },
                "words",
            ),
        ),
        _shop_question,
    ),
    Row(
        _tool(
            "proposal_status",
            "proposal_standing",
            "What became of a proposal made here; nothing is done.",
            takes({"proposal_id": schemas.PROPOSAL}, "proposal_id"),
        ),
        _standing,
    ),
    Row(
        Tool(
            "messages",
            "What colleagues of the shop wrote in this conversation after request_human.",
            takes({}),
            Kind.READ,
            needs_customer=True,
            outcomes=("ok",),
        ),
        _messages,
    ),
)
