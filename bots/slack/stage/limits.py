"""Slack's limits on messages, views and metadata: what breaks one is refused as Slack does."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bots.slack.stage import elements
from bots.slack.stage.elements import element_trouble
from bots.slack.stage.refusals import Refused
from bots.slack.stage.texts import Trouble, text_trouble, wrong_text

BLOCKS_IN_MESSAGE: Final = 50
BLOCKS_IN_VIEW: Final = 100
#: Of all texts of a message together: those of its blocks, and the one that stands for them.
CHARACTERS_IN_BLOCKS: Final = 13_200
CHARACTERS_IN_TEXT: Final = 40_000
CHARACTERS_IN_UPDATE: Final = 4_000
BLOCK_ID: Final = 255
SECTION: Final = 3_000
FIELDS: Final = 10
FIELD: Final = 2_000
HEADER: Final = 150
ACTIONS: Final = 25
IN_CONTEXT: Final = 10
LABEL: Final = 2_000
MARKDOWN: Final = 12_000
TITLE: Final = 24
PRIVATE_METADATA: Final = 3_000
CALLBACK_ID: Final = 255
BYTES_OF_VIEW: Final = 250_000
BYTES_OF_METADATA: Final = 8_000


def check_message(
    text: Any, blocks: Any, *, is_update: bool = False, has_more: bool = False
) -> None:
    """Refuse a message that Slack would not take; ``has_more`` where it says something otherwise.

    Raises:
        Refused: no_text, msg_too_long, msg_blocks_too_long, invalid_blocks(_format).
    """
    words = "" if text is None else text
    if not isinstance(words, str):
        raise Refused("invalid_arguments", messages=[Trouble.say("must be a string", "/text")])
    if not words and not blocks and not has_more:
        raise Refused("no_text")
    if len(words) > (CHARACTERS_IN_UPDATE if is_update else CHARACTERS_IN_TEXT):
        raise Refused("msg_too_long")
    if not blocks:
        return
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    troubles = list(blocks_trouble(blocks, most=BLOCKS_IN_MESSAGE, in_view=False))
    if troubles:
        raise Refused("invalid_blocks", messages=troubles, errors=[one[8:] for one in troubles])
    if len(words) + characters(blocks) > CHARACTERS_IN_BLOCKS:
        raise Refused("msg_blocks_too_long")


def check_view(view: Any, *, kinds: Sequence[str]) -> None:
    """Refuse a view that Slack would not show; ``kinds`` are the types that fit here.

    Raises:
        Refused: invalid_arguments with a pointer to each fault, view_too_large.
    """
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", messages=[Trouble.missing("view", "/view")])
    troubles = [*_view_trouble(view, kinds)]
    if troubles:
        raise Refused("invalid_arguments", messages=troubles)
    if len(json.dumps(view, ensure_ascii=False).encode()) > BYTES_OF_VIEW:
        raise Refused("view_too_large")


def check_metadata(metadata: Any) -> None:
    """Refuse metadata of a message that Slack would not keep.

    Raises:
        Refused: invalid_metadata_format, metadata_too_large.
    """
    if metadata is None:
        return
    is_good = (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and metadata["event_type"]
        and isinstance(metadata.get("event_payload"), dict)
    )
    if not is_good:
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > BYTES_OF_METADATA:
        raise Refused("metadata_too_large")


def blocks_trouble(blocks: Sequence[Any], *, most: int, in_view: bool) -> Iterator[str]:
    """What Slack would say against blocks; nothing where all is well."""
    root = "/view/blocks" if in_view else "/blocks"
    if len(blocks) > most:
        yield Trouble.say(f"no more than {most} items allowed", root)
    for number, block in enumerate(blocks):
        yield from _block_trouble(block, f"{root}/{number}", in_view=in_view)
    ids = [str(b["block_id"]) for b in blocks if isinstance(b, dict) and b.get("block_id")]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        yield Trouble.say(f"block_id already exists: {twice}", root)
    for number, block in enumerate(blocks):
        yield from _same_actions(block, f"{root}/{number}")


def elements_of(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What one can press, choose or fill in, in a block."""
    kind = block.get("type")
    if kind == "actions":
        return [one for one in block.get("elements") or [] if isinstance(one, dict)]
    single = {"section": "accessory", "input": "element"}.get(str(kind), "")
    found = block.get(single)
    return [found] if isinstance(found, dict) and found.get("type") != "image" else []


#: Where texts stand that people read or hear.
_READ: Final = ("text", "alt_text", "accessibility_label")


def characters(node: Any) -> int:
    """How many characters people read in blocks."""
    if isinstance(node, dict):
        said = (node.get(name) for name in _READ)
        count = sum(len(one) for one in said if isinstance(one, str))
        return count + sum(
            characters(value) for value in node.values() if isinstance(value, dict | list)
        )
    if isinstance(node, list):
        return sum(characters(one) for one in node)
    return 0


def _same_actions(block: Any, at: str) -> Iterator[str]:
    if not isinstance(block, dict):
        return
    ids = [str(one["action_id"]) for one in elements_of(block) if "action_id" in one]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        yield Trouble.say(f"action_id already exists: {twice}", at)


def _block_trouble(block: Any, at: str, *, in_view: bool) -> Iterator[str]:
    if not isinstance(block, dict):
        yield Trouble.say("must be an object", at)
        return
    kind = block.get("type")
    check = _BLOCKS.get(str(kind))
    if check is None:
        yield Trouble.say(f"unsupported type: {kind}", f"{at}/type")
        return
    if "block_id" in block:
        yield from wrong_text(block["block_id"], f"{at}/block_id", most=BLOCK_ID)
    yield from check(block, at, in_view)


def _section(block: Mapping[str, Any], at: str, in_view: bool) -> Iterator[str]:  # noqa: FBT001
    if "text" not in block and not block.get("fields"):
        yield Trouble.missing("text", at)
    if "text" in block:
        yield from text_trouble(block["text"], f"{at}/text", most=SECTION)
    fields = block.get("fields", [{}])
    if not 1 <= len(fields) <= FIELDS:
        yield Trouble.count(1, FIELDS, f"{at}/fields")
    for number, text in enumerate(block.get("fields", [])):
        yield from text_trouble(text, f"{at}/fields/{number}", most=FIELD)
    if "accessory" in block:
        accessory = block["accessory"]
        yield from element_trouble(
            accessory, f"{at}/accessory", elements.IN_SECTION, in_view=in_view
        )


def _header(block: Mapping[str, Any], at: str, _in_view: bool) -> Iterator[str]:  # noqa: FBT001
    yield from text_trouble(block.get("text"), f"{at}/text", most=HEADER, is_plain=True)


def _divider(_block: Mapping[str, Any], _at: str, _in_view: bool) -> Iterator[str]:  # noqa: FBT001
    yield from ()


def _image(block: Mapping[str, Any], at: str, _in_view: bool) -> Iterator[str]:  # noqa: FBT001
    yield from elements.image_trouble(block, at)
    if "title" in block:
        yield from text_trouble(block["title"], f"{at}/title", most=2_000, is_plain=True)


def _context(block: Mapping[str, Any], at: str, in_view: bool) -> Iterator[str]:  # noqa: FBT001
    yield from _list(block, at, (IN_CONTEXT, elements.IN_CONTEXT), in_view=in_view)


def _actions(block: Mapping[str, Any], at: str, in_view: bool) -> Iterator[str]:  # noqa: FBT001
    yield from _list(block, at, (ACTIONS, elements.IN_ACTIONS), in_view=in_view)


def _list(
    block: Mapping[str, Any], at: str, allowed: tuple[int, frozenset[str]], *, in_view: bool
) -> Iterator[str]:
    listed = block.get("elements")
    if not isinstance(listed, list) or not 1 <= len(listed) <= allowed[0]:
        yield Trouble.count(1, allowed[0], f"{at}/elements")
        return
    for number, one in enumerate(listed):
        yield from element_trouble(one, f"{at}/elements/{number}", allowed[1], in_view=in_view)


def _input(block: Mapping[str, Any], at: str, in_view: bool) -> Iterator[str]:  # noqa: FBT001
    yield from text_trouble(block.get("label"), f"{at}/label", most=LABEL, is_plain=True)
    if "hint" in block:
        yield from text_trouble(block["hint"], f"{at}/hint", most=LABEL, is_plain=True)
    yield from element_trouble(
        block.get("element"), f"{at}/element", elements.IN_INPUT, in_view=in_view
    )


def _rich_text(block: Mapping[str, Any], at: str, _in_view: bool) -> Iterator[str]:  # noqa: FBT001
    for number, one in enumerate(block.get("elements") or []):
        kind = one.get("type") if isinstance(one, dict) else None
        if kind not in _RICH:
            yield Trouble.say(f"unsupported type: {kind}", f"{at}/elements/{number}/type")


def _markdown(block: Mapping[str, Any], at: str, _in_view: bool) -> Iterator[str]:  # noqa: FBT001
    yield from wrong_text(block.get("text"), f"{at}/text", most=MARKDOWN)


_RICH: Final = frozenset(
    {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
)
_BLOCKS: Final[Mapping[str, Callable[[Mapping[str, Any], str, bool], Iterator[str]]]] = {
    "actions": _actions,
    "context": _context,
    "divider": _divider,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "section": _section,
}


def _view_trouble(view: Mapping[str, Any], kinds: Sequence[str]) -> Iterator[str]:
    if view.get("type") not in kinds:
        yield Trouble.say(f"unsupported type: {view.get('type')}", "/view/type")
        return
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        yield Trouble.missing("blocks", "/view")
        return
    yield from blocks_trouble(blocks, most=BLOCKS_IN_VIEW, in_view=True)
    metadata = view.get("private_metadata", "")
    yield from wrong_text(metadata, "/view/private_metadata", most=PRIVATE_METADATA, least=0)
    yield from wrong_text(
        view.get("callback_id", ""), "/view/callback_id", most=CALLBACK_ID, least=0
    )
    if view["type"] == "modal":
        yield from _modal_trouble(view, blocks)


def _modal_trouble(view: Mapping[str, Any], blocks: Sequence[Any]) -> Iterator[str]:
    yield from text_trouble(view.get("title"), "/view/title", most=TITLE, is_plain=True)
    for name in ("submit", "close"):
        if view.get(name) is not None:
            yield from text_trouble(view[name], f"/view/{name}", most=TITLE, is_plain=True)
    asks = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if asks and not view.get("submit"):
        yield Trouble.missing("submit", "/view")
