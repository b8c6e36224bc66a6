"""Every tool by its name, and the one way to run it.

``run`` is for whoever has a unit of work and a message in it: the caller has said who the customer
is by identifying the conversation, and commits. Tools of ``Kind.CONFIRM`` are only for callers
whose customer says yes to them and not to us.
"""

from collections.abc import Mapping
from typing import Any, Final

from bots.dialogue.turns import Say
from bots.tools import deciding, reading, wishing, words
from bots.tools.schemas import checked
from bots.tools.shapes import (
    INVALID,
    UNIDENTIFIED,
    WITH_PEOPLE,
    BadArguments,
    Kind,
    Row,
    Running,
    Told,
    Tool,
    ToolResult,
    ToolsContext,
)
from oms_service.conversations.states import Owner
from oms_service.infra.uow import UnitOfWork

_ROWS: Final[Mapping[str, Row]] = {
    row.tool.name: row for row in (*reading.ROWS, *wishing.ROWS, *deciding.ROWS)
}
#: What means something to the chat alone.
_KEPT_BACK: Final = frozenset({"proposal", "order_key"})
TOOLS: Final[Mapping[str, Tool]] = {name: row.tool for name, row in _ROWS.items()}


def run(
    uow: UnitOfWork, context: ToolsContext, name: str, arguments: Mapping[str, Any]
) -> ToolResult:
    """Run one tool within a transaction of the caller's.

    Args:
        uow: the transaction; its actor is who acts.
        context: where, for whom and in which language.
        name: of ``TOOLS``.
        arguments: as they came; they are checked here.

    Raises:
        LookupError: there is no such tool.
    """
    row = _ROWS[name]
    skills = Running(
        context.runtime,
        uow,
        context.conversation,
        context.message_id,
        context.source,
        is_masked=context.is_masked,
    )
    if row.tool.needs_customer and skills.customer_id is None:
        return _refused(context, name, UNIDENTIFIED)
    if row.tool.kind in {Kind.PROPOSE, Kind.CONFIRM} and context.conversation.owner is Owner.PEOPLE:
        return _refused(context, name, WITH_PEOPLE)
    try:
        told = row.run(skills, context.language, checked(row.tool.parameters, arguments))
    except BadArguments as error:
        return unreadable(context, name, error.fields)
    return _answer(context, name, told)


def refusal(context: ToolsContext, name: str, outcome: str, **data: Any) -> ToolResult:
    """The answer of whoever runs tools for others and does not run this one."""
    return ToolResult(name, outcome, words.spoken(context, [Say(f"tools.{outcome}")]), data)


def unreadable(context: ToolsContext, name: str, fields: Mapping[str, str]) -> ToolResult:
    """The answer to arguments that are none; what is wrong with them, but nothing of them."""
    wrong = [f"{where}: {what}" for where, what in fields.items()]
    said = "\n".join([words.spoken(context, [Say("tools.invalid")]), *wrong])
    return ToolResult(name, INVALID, said, {"fields": dict(fields)})


def _refused(context: ToolsContext, name: str, outcome: str) -> ToolResult:
    return refusal(context, name, outcome)


def _answer(context: ToolsContext, name: str, told: Told) -> ToolResult:
    says, result = told.says, told.result
    data = {**{key: one for key, one in result.data.items() if key not in _KEPT_BACK}, **told.more}
    data = words.in_language(data, context.language)
    pointers = words.untrusted(data)
    if any(words.untrusted(one.params) for one in says):
        pointers.append("/words")
    return ToolResult(
        name,
        result.outcome,
        words.spoken(context, says),
        data,
        tuple(pointers),
        told.result,
    )
