"""What goes over the wire: messages as the browser gets them, and what it may send."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bots import choices
from bots.webchat.passes import Passes
from oms_service.conversations.views import MessageView
from oms_service.kernel.errors import Invalid

MOST_CHARACTERS: Final = 2000
#: No message takes more, whatever the shop allows.
MOST_FILES: Final = 20
_MOST_CHOICE: Final = 200
_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: Characters that show nothing and could hide something, and halves of characters.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Sent:
    """What a browser sends: words, the choice of a button, files that went ahead."""

    id: str
    text: str
    choice: str | None = None
    files: tuple[str, ...] = ()


def message(view: MessageView, passes: Passes, *, is_plain: bool = False) -> dict[str, Any]:
    """One message; ``id`` is the sender's own for what the customer wrote.

    ``asks`` is the kind of answer that the bot waits for, as ``Kind`` has it; None when it asked
    nothing. ``plain`` is the text with its buttons as a numbered list, where that is wanted.
    """
    shown: dict[str, Any] = {
        "seq": view.seq,
        "from": view.author_kind.value,
        "text": view.text,
        "choices": list(view.extra.get("choices", ())),
        "asks": view.extra.get("asks"),
        "at": view.at.isoformat(),
        "language": view.language.value,
        "files": [_file(one, passes) for one in view.extra.get("files", ())],
    }
    if is_plain:
        labels = [str(choice["label"]) for choice in shown["choices"]]
        shown["plain"] = "\n".join((view.text, *choices.listed(labels)))
    if view.key.startswith("c:"):
        shown["id"] = view.key.removeprefix("c:")
    return shown


def messages(
    views: Iterable[MessageView], passes: Passes, *, is_plain: bool = False
) -> list[dict[str, Any]]:
    return [message(view, passes, is_plain=is_plain) for view in views]


def _file(told: Mapping[str, Any], passes: Passes) -> dict[str, Any]:
    small = passes.url(told["id"], is_preview=True) if told["is_picture"] else None
    return {**told, "url": passes.url(told["id"]), "preview_url": small}


def sent(body: object, *, has_files: bool = False) -> Sent:
    """A message as a browser sends it; ``has_files`` where they come beside it.

    Raises:
        Invalid: something is missing, mistyped or too long; ``fields`` says what.
    """
    if not isinstance(body, Mapping):
        raise Invalid("not a message", {"": "a JSON object is needed"})
    given, text, choice = body.get("id"), body.get("text", ""), body.get("choice")
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise Invalid("not a message", {"id": "8 to 64 letters, digits, - or _"})
    if not isinstance(text, str) or not (choice is None or isinstance(choice, str)):
        raise Invalid("not a message", {"text": "text or a choice is needed"})
    words = _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    if len(words) > MOST_CHARACTERS:
        raise Invalid("too long", {"text": f"at most {MOST_CHARACTERS} characters"})
    if choice is not None and not 0 < len(choice) <= _MOST_CHOICE:
        raise Invalid("not a choice", {"choice": "no such button"})
    files = _files(body.get("files", ()))
    if not words and choice is None and not (files or has_files):
        raise Invalid("empty", {"text": "text, a choice or a file is needed"})
    return Sent(given, words, choice, files)


def _files(given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or len(given) > MOST_FILES:
        raise Invalid("not files", {"files": f"a list of at most {MOST_FILES} ids"})
    if not all(isinstance(one, str) and _ID.fullmatch(one) for one in given):
        raise Invalid("not files", {"files": "ids of files"})
    return tuple(given)


def place(given: object) -> int:
    """A place in the thread, as the browser says how far it has read."""
    if isinstance(given, str) and given.isascii() and given.isdigit():
        given = int(given[:9])
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < 2**31:
        raise Invalid("not a place", {"after": "a number from 0"})
    return given
