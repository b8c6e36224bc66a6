"""A message to a customer as Slack shows it: words, an order's card, buttons; within its limits."""

import re
from collections.abc import Mapping
from typing import Any, Final

from bots import cards, choices
from bots.cards import LAST, OrderCard, Tone
from bots.choices import LIMITS, Choice
from bots.dialogue import replies
from bots.dialogue.replies import Formats
from bots.dialogue.turns import Say
from bots.slack.blocks.bricks import Block, actions, button, context, section
from bots.slack.blocks.fitting import CHARACTERS, length
from bots.slack.blocks.texts import NOTHING, Mark, bold, esc, joined, linked
from bots.slack.couriers import Drawn
from oms_service.conversations.channels import SLACK
from oms_service.conversations.transports import Outgoing

#: What buttons in a chat are called; their number follows.
CHOICE: Final = "chat:"
#: Of one section; below its limit, as marks take more room than the words they are made of.
_MOST_SAID: Final = 2_000
#: As much of it stands for the blocks, in the bell of a phone.
_MOST_READ: Final = 500
#: Of one message, which holds 13,000 characters in all.
_MOST_SECTIONS: Final = 5
_LINK: Final = re.compile(r"(https?://[^\s<>|]+[^\s<>|.,;:!?)、。）」])")
_FULL, _EMPTY = "●", "○"
_SIGNS: Final[Mapping[Tone, str]] = {
    Tone.CALM: "",
    Tone.GOOD: "✓ ",
    Tone.CARE: "! ",
    Tone.BAD: "! ",
}


def drawn(message: Outgoing, formats: Formats, *, files_url: str) -> Drawn:
    """A message as it is to stand.

    Args:
        message: what is said.
        formats: how the channel's own words are put.
        files_url: where a customer finds the files that come with it.
    """
    card = cards.read(message.extra.get(cards.EXTRA))
    shown = choices.offered(_choices(message.extra), LIMITS[SLACK])
    words = [message.text.strip(), *shown.lines]
    if message.files:
        say = Say("line.files", {"url": files_url})
        words.append(replies.render(say, message.language, formats))
    said = "\n".join(one for one in words if one)
    blocks = _card(card) if card is not None else []
    pressed = actions([_button(nth, one) for nth, one in enumerate(shown.buttons)])
    stands_for = esc(card.summary if card is not None else said, _MOST_READ, lines=True)
    left = CHARACTERS - len(stands_for) - length([*blocks, *pressed])
    for part in choices.pieces(said, _MOST_SAID)[:_MOST_SECTIONS]:
        made = section(with_links(part))
        left -= length(made)
        if left < 0:  # nothing but signs that Slack wants written out
            break
        blocks.append(made)
    if not blocks:
        blocks = [section(NOTHING)]
    quiet = {"unfurl_links": False, "unfurl_media": False}
    return Drawn(str(stands_for or NOTHING), [*blocks, *pressed], quiet)


def with_links(text: str) -> Mark:
    """Words in which addresses can be pressed, and nothing else is more than a sign."""
    lines = []
    for line in text.split("\n"):
        parts = [
            linked(part, part) if nth % 2 else esc(part, _MOST_SAID)
            for nth, part in enumerate(_LINK.split(line))
        ]
        lines.append(Mark(" ".join(part for part in parts if part)))
    return Mark("\n".join(lines))


def _card(card: OrderCard) -> list[Block]:
    """An order at a glance: its state, how far it is, when it comes, and what is in it."""
    state = bold(f"{_SIGNS[card.tone]}{card.status}")
    lines = [Mark(f"{esc(card.title)}\n{state}")]
    if card.place is not None:
        place = min(max(card.place, 0), LAST)
        lines.append(Mark(_FULL * (place + 1) + _EMPTY * (LAST - place)))
    if card.window:
        lines.append(joined((card.window_label, bold(card.window))))
    blocks = [section(Mark("\n".join(lines)))]
    items = [f"{one.name} × {one.quantity}" for one in card.items]
    if inside := joined([*items, card.more]):
        blocks.append(context(inside))
    if card.page:
        blocks.append(context(linked(card.page, card.page_label)))
    return blocks


def _button(nth: int, choice: Choice) -> dict[str, Any]:
    return button(choice.short or NOTHING, f"{CHOICE}{nth}", choice.value)


def _choices(extra: Mapping[str, object]) -> list[Mapping[str, Any]]:
    given = extra.get("choices", ())
    return list(given) if isinstance(given, list | tuple) else []
