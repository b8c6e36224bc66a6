"""What was called: every call once, with its codes and without its words.

Of calls beyond the limits only the first few are noted.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select

from bots.mcp.holders import Holder, Of
from bots.mcp.models import AssistantCall
from bots.tools.schemas import MOST_ITEMS, checked, takes
from bots.tools.shapes import BadArguments, Schema
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.masking import MASK

#: For so long it is known what was called.
KEPT: Final = timedelta(days=180)
#: How many old ones go at a time.
BATCH: Final = 1_000
#: Outcomes of calls whose order number is one: of others it may be anything that was typed.
_OF_NO_ORDER: Final = frozenset(
    {"unknown", "none", "invalid", "forbidden", "too_many", "failed", "unidentified", "with_people"}
)


def write(
    uow: UnitOfWork,
    holder: Holder,
    *,
    tool: str,
    arguments: Mapping[str, Any],
    outcome: str,
    conversation_id: int | None,
    ms: int,
) -> None:
    """Note one call."""
    is_token = holder.of is Of.CUSTOMER
    uow.session.add(
        AssistantCall(
            token_id=holder.id if is_token else None,
            api_key_id=None if is_token else holder.id,
            conversation_id=conversation_id,
            tool=tool,
            arguments=dict(arguments),
            outcome=outcome,
            ms=ms,
            at=uow.now,
        )
    )


def masked(schema: Schema, given: Any, outcome: str) -> dict[str, Any]:
    """Arguments as they are noted: codes, ids and quantities stay, every word is a mask."""
    if not isinstance(given, Mapping):
        return {}
    known = schema["properties"]
    return {
        name: _masked(known[name], given[name], name, outcome) for name in known if name in given
    }


def _masked(schema: Schema, value: Any, name: str, outcome: str) -> Any:
    match schema["type"], value:
        case "object", Mapping():
            return masked(schema, value, outcome)
        case "array", list():
            return [_masked(schema["items"], one, name, outcome) for one in value[:MOST_ITEMS]]
        case "string", str() if not _is_code(schema, value, name, outcome):
            return MASK
    try:
        checked(takes({name: schema}), {name: value})
    except BadArguments:
        return MASK
    return value


def _is_code(schema: Schema, value: str, name: str, outcome: str) -> bool:
    return value in schema.get("enum", ()) or (name in ORDERS and outcome not in _OF_NO_ORDER)


#: Arguments that name an order.
ORDERS: Final = frozenset({"order_number", "of_order"})


def forget_old(uow: UnitOfWork) -> int:
    """The sweep: calls of long ago go."""
    old = (
        select(AssistantCall.id)
        .where(AssistantCall.at < uow.now - KEPT)
        .order_by(AssistantCall.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    done = uow.session.execute(
        delete(AssistantCall)
        .where(AssistantCall.id.in_(old))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it
