"""Writing to the app itself: a colleague asks for a case or an order, and is answered there.

Nothing is changed by what is written: it is answered as ``/case`` answers the same words. Who is
not linked to a colleague is a customer, see ``customers``.
"""

from collections.abc import Mapping
from typing import Any, Final

import structlog

from bots.slack import once, workspaces
from bots.slack.asking import command
from bots.slack.asking.command import Said
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.sealing import CannotOpen
from bots.slack.seats import Seat
from bots.slack.values import Value
from bots.slack.working import pressing
from bots.slack.working.asked import DONE, Answer, Asked
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

_TROUBLE: Final = (Busy, Refused, Unanswered, CannotOpen, NotFound)
#: Longer words name nothing.
_LONGEST: Final = 200


def answer(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """Answer one message, once, where it was written."""
    if seat.workspace is None or seat.staff is None:
        return
    channel, ts = str(event.get("channel") or ""), str(event.get("ts") or "")
    key = f"direct:{seat.workspace.team}:{channel}:{ts}"
    with house.unit_of_work(SYSTEM) as uow:
        if not once.first(uow, key, seat, "case:asked", channel=channel, ts=ts):
            return
    words = " ".join(str(event.get("text") or "").split())[:_LONGEST]
    said = _said(house, seat, words, key)
    arguments = {
        "channel": channel,
        "thread_ts": event.get("thread_ts"),
        "text": said.text,
        "blocks": said.blocks,
        "unfurl_links": False,
    }
    try:
        workspaces.slack_of(house, seat.workspace.id).call("chat.postMessage", arguments)
    except _TROUBLE as error:
        log.warning("slack.not_shown", method="chat.postMessage", cause=str(error))


def _said(house: Runtime, seat: Seat, words: str, key: str) -> Said:
    asked = Asked(house=house, seat=seat, verb="asked", value=Value(0, 0), key=key)
    found: list[Said] = []

    def deal(asked: Asked) -> Answer:
        found.append(command.look(asked, words))
        return DONE

    refused = pressing.deal(asked, "cases:read", deal)
    return found[0] if found else Said(refused.said)
