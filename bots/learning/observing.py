"""Which messages were not understood, seen from what the chat made of them."""

from bots.dialogue.flows import clarify
from bots.dialogue.turns import Dialogue, Turn
from bots.learning import service
from bots.learning.states import Outcome
from bots.understanding.heard import Heard
from oms_service.infra.uow import UnitOfWork


def observe(
    uow: UnitOfWork,
    *,
    conversation_id: int,
    message_id: int,
    before: Dialogue,
    heard: Heard,
    turn: Turn,
) -> None:
    """Keep what a turn says about how well ``heard`` was understood."""
    if before.top is not None and before.top.flow == "clarify":
        meant = clarify.picked(before.top, heard)
        if meant is not None:
            service.chose(uow, conversation_id=conversation_id, label=str(meant))
    outcome = _outcome(heard, turn)
    if outcome is not None:
        service.note(
            uow,
            message_id=message_id,
            conversation_id=conversation_id,
            language=turn.state.language,
            outcome=outcome,
        )


def _outcome(heard: Heard, turn: Turn) -> Outcome | None:
    said = {say.key for say in turn.says}
    if heard.pressed is not None or not heard.text:
        return None
    if "clarify.which" in said:
        return Outcome.UNCLEAR
    if "scope.outside" in said:
        return Outcome.OUTSIDE
    return Outcome.MISSED if any(key.startswith("miss.") for key in said) else None
