"""Messages and views put together within Slack's limits: the least important is left out first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bots.slack.blocks.bricks import Block, bare, context
from bots.slack.blocks.texts import NOTHING, esc
from bots.slack.values import MOST_OF_VIEW
from oms_service.web.texts import N_, gettext

BLOCKS: Final = 50
BLOCKS_IN_VIEW: Final = 100
#: A message fails at about 13,200 characters in all, its text included; this stays below it.
CHARACTERS: Final = 13_000
#: Bytes of a whole view as JSON, of the 250,000 that Slack takes.
BYTES_OF_VIEW: Final = 200_000
TITLE: Final = 24
CALLBACK: Final = 255
FALLBACK: Final = 3_000

MORE: Final = N_("… and %(count)s more")


@dataclass(frozen=True)
class Part:
    """Something of a message that stands or falls by entries, as many as fit.

    Of rank 0 nothing is ever left out; of two parts the one of the higher rank goes first, and
    of a part its last entry. ``count`` says how many entries there are in truth, where more are
    not given.
    """

    rank: int
    entries: Sequence[Sequence[Block]]
    count: int = 0

    @property
    def blocks(self) -> list[Block]:
        return [block for entry in self.entries for block in entry]


@dataclass(frozen=True)
class Message:
    """What is posted: blocks, and the same in a sentence for notifications and screen readers."""

    text: str
    blocks: list[Block]


def part(rank: int, blocks: Iterable[Block]) -> Part:
    """What stands or falls as a whole."""
    return Part(rank, [list(blocks)])


def listing(rank: int, entries: Sequence[Sequence[Block]], *, count: int = 0) -> Part:
    """Entries of a list of ``count``, of which the last ones may be left out."""
    return Part(rank, [list(one) for one in entries], max(count, len(entries)))


def message(parts: Sequence[Part], text: str) -> Message:
    """A message of all that fits of its parts."""
    said = esc(text, FALLBACK, lines=True) or NOTHING
    return Message(said, fitted(parts, most=BLOCKS, characters=CHARACTERS - len(said)))


def fitted(parts: Sequence[Part], *, most: int, characters: int = CHARACTERS) -> list[Block]:
    """The blocks of all that fits, in the order of the parts."""
    kept = [one for one in parts if any(one.entries)]
    kept = [_at_most(one, most) for one in kept]
    while _is_too_much(kept, most, characters):
        worst = max((one.rank for one in kept), default=0)
        if worst == 0:
            break
        at = max(place for place, one in enumerate(kept) if one.rank == worst)
        kept[at : at + 1] = _shorter(kept[at])
    return [block for one in kept for block in _with_rest(one)][:most]


def _shorter(one: Part) -> list[Part]:
    """The part without its last entry; of a list without any how long it is remains to be said."""
    if not one.entries:
        return []
    left = replace(one, entries=one.entries[:-1])
    return [left] if left.entries or left.count else []


def _at_most(one: Part, most: int) -> Part:
    """What can never fit goes at once, so that a list of thousands costs nothing."""
    return replace(one, entries=one.entries[:most]) if one.count else one


def _is_too_much(parts: Sequence[Part], most: int, characters: int) -> bool:
    blocks = [block for one in parts for block in _with_rest(one)]
    return len(blocks) > most or length(blocks) > characters


def _with_rest(one: Part) -> list[Block]:
    left_out = one.count - len(one.entries)
    return [*one.blocks, *([context(more(left_out))] if left_out > 0 else [])]


def more(count: int) -> str:
    """How much was left out."""
    return str(gettext(MORE, count=f"{count:,}"))


def length(node: Any) -> int:
    """How many characters of text stand in blocks."""
    if isinstance(node, dict):
        return sum(
            len(value) if name in _READ and isinstance(value, str) else length(value)
            for name, value in node.items()
        )
    if isinstance(node, list):
        return sum(length(one) for one in node)
    return 0


#: Where texts stand that people read.
_READ: Final = frozenset({"text", "alt_text", "initial_value", "accessibility_label"})


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    memory: str,
    submit: str = "",
    close: str = "",
    tells_of_close: bool = False,
) -> dict[str, Any]:
    """A dialog; ``memory`` is what its sending hands back to us.

    Raises:
        ValueError: the memory does not fit; only ids belong there.
    """
    if len(memory) > MOST_OF_VIEW or not 0 < len(callback_id) <= CALLBACK:
        raise ValueError("a view does not hold as much")
    found: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback_id,
        "title": bare(title, TITLE),
        "blocks": _in_view(blocks),
        "private_metadata": memory,
        "close": bare(close or gettext(CLOSE), TITLE),
    }
    if submit:
        found["submit"] = bare(submit, TITLE)
    return found | ({"notify_on_close": True} if tells_of_close else {})


CLOSE: Final = N_("Close the window")


def home(blocks: Sequence[Block], *, memory: str = "", callback_id: str = "home") -> dict[str, Any]:
    """The App Home of one person."""
    return {
        "type": "home",
        "callback_id": callback_id,
        "blocks": _in_view(blocks),
        "private_metadata": memory,
    }


def _in_view(blocks: Sequence[Block]) -> list[Block]:
    """As many blocks as a view holds; what is cut off is said."""
    if len(blocks) <= BLOCKS_IN_VIEW:
        return list(blocks)
    kept = BLOCKS_IN_VIEW - 1
    return [*blocks[:kept], context(more(len(blocks) - kept))]
