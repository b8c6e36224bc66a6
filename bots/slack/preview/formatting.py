"""Slack's own formatting as HTML: what is bold, a link, a name, a quotation, and no more."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from markupsafe import Markup, escape

#: By id: who is who, and what channels are called.
Names = Mapping[str, str]

_FENCE: Final = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_PART: Final = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<link>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>[^*\n]+)\*(?![\w*])"
    r"|(?<!\w)_(?P<italic>[^_\n]+)_(?!\w)"
    r"|(?<!\w)~(?P<strike>[^~\n]+)~(?!\w)"
    r"|:(?P<emoji>[a-z0-9_+-]+):"
)
_TAGS: Final = {"bold": "strong", "italic": "em", "strike": "s"}
_SAFE: Final = re.compile(r"(https?|mailto):", re.IGNORECASE)
#: Those that our texts use; any other stays as it was written.
EMOJI: Final = {
    "alarm_clock": "⏰",
    "arrow_right": "➡️",
    "bell": "🔔",
    "bust_in_silhouette": "👤",
    "calendar": "📅",
    "eyes": "👀",
    "hourglass": "⌛",
    "inbox_tray": "📥",
    "lock": "🔒",
    "mag": "🔍",
    "memo": "📝",
    "moneybag": "💰",
    "no_entry": "⛔",
    "package": "📦",
    "red_circle": "🔴",
    "robot_face": "🤖",
    "speech_balloon": "💬",
    "truck": "🚚",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "x": "❌",
    "zzz": "💤",
}


def plain(text: str) -> Markup:
    """A text without formatting; its lines stay lines."""
    return _lines(_emoji(_open(text)))


def mrkdwn(text: str, names: Names) -> Markup:
    """A text with Slack's formatting."""
    made = Markup()
    at = 0
    for found in _FENCE.finditer(text):
        made += _paragraphs(text[at : found.start()], names)
        made += Markup("<pre>{}</pre>").format(_open(found.group(1)))
        at = found.end()
    return made + _paragraphs(text[at:], names)


def of_text(one: Mapping[str, Any] | None, names: Names) -> Markup:
    """A text object of Block Kit."""
    if not one:
        return Markup()
    said = str(one.get("text") or "")
    return mrkdwn(said, names) if one.get("type") == "mrkdwn" else plain(said)


def rich(block: Mapping[str, Any], names: Names) -> Markup:
    """A block that somebody wrote in Slack's own editor."""
    return Markup().join(_rich(one, names) for one in block.get("elements") or [])


# Inside


def _open(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _emoji(text: str) -> str:
    return re.sub(r":([a-z0-9_+-]+):", lambda m: EMOJI.get(m.group(1), m.group(0)), text)


def _lines(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def _paragraphs(text: str, names: Names) -> Markup:
    """Lines, those quoted together in one quotation."""
    made: list[Markup] = []
    quoted: list[Markup] = []
    for line in text.split("\n"):
        said = re.match(r"(?:&gt;|>) ?(.*)$", line)
        if said:
            quoted.append(_inline(said.group(1), names))
            continue
        if quoted:
            made.append(_quote(quoted))
            quoted = []
        made.append(_inline(line, names))
    if quoted:
        made.append(_quote(quoted))
    return Markup("<br>").join(made).replace(Markup("</blockquote><br>"), Markup("</blockquote>"))


def _quote(lines: Sequence[Markup]) -> Markup:
    return Markup("<blockquote>{}</blockquote>").format(Markup("<br>").join(lines))


def _inline(text: str, names: Names) -> Markup:
    made = Markup()
    at = 0
    for found in _PART.finditer(text):
        made += escape(_open(text[at : found.start()]))
        made += _part(found, names)
        at = found.end()
    return made + escape(_open(text[at:]))


def _part(found: re.Match[str], names: Names) -> Markup:
    kind, said = str(found.lastgroup), str(found.group(str(found.lastgroup)))
    if kind == "code":
        return Markup("<code>{}</code>").format(_open(said))
    if kind == "link":
        return _link(said, names)
    if kind == "emoji":
        return escape(EMOJI.get(said, found.group(0)))
    tag = Markup(_TAGS[kind])  # noqa: S704 - one of ours
    return Markup("<{0}>{1}</{0}>").format(tag, _inline(said, names))


def _link(said: str, names: Names) -> Markup:
    target, _, label = said.partition("|")
    if target[:1] in {"@", "#"}:
        name = label or names.get(target[1:], target[1:])
        return _called(target[:1] + name)
    if target.startswith("!date^"):
        return escape(_date(target, label))
    if target.startswith("!"):
        return _called("@" + target[1:].partition("^")[0])
    if not _SAFE.match(target):
        return escape(f"<{_open(said)}>")
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
        _open(target), _open(label or target)
    )


def _called(name: str) -> Markup:
    return Markup('<span class="slack-name">{}</span>').format(name)


def _date(target: str, label: str) -> str:
    try:
        at = datetime.fromtimestamp(int(target.split("^")[1]), UTC)
    except (ValueError, IndexError, OverflowError, OSError):
        return label
    return label or at.isoformat()


def _rich(one: Mapping[str, Any], names: Names) -> Markup:
    kind = one.get("type")
    inner = one.get("elements") or []
    if kind == "rich_text_list":
        tag = Markup("ol" if one.get("style") == "ordered" else "ul")  # noqa: S704 - ours
        items = [Markup("<li>{}</li>").format(_rich(item, names)) for item in inner]
        return Markup("<{0}>{1}</{0}>").format(tag, Markup().join(items))
    said = Markup().join(_rich_parts(inner, names))
    if kind == "rich_text_preformatted":
        return Markup("<pre>{}</pre>").format(said)
    if kind == "rich_text_quote":
        return Markup("<blockquote>{}</blockquote>").format(said)
    return said


def _rich_parts(parts: Sequence[Mapping[str, Any]], names: Names) -> Iterator[Markup]:
    for part in parts:
        kind = part.get("type")
        if kind == "text":
            yield _styled(_lines(str(part.get("text") or "")), part.get("style") or {})
        elif kind == "link":
            yield _link(f"{part.get('url')}|{part.get('text') or part.get('url')}", names)
        elif kind in {"user", "channel"}:
            user = str(part.get(f"{kind}_id"))
            yield _called(("@" if kind == "user" else "#") + names.get(user, user))
        elif kind == "emoji":
            name = str(part.get("name"))
            yield escape(EMOJI.get(name, f":{name}:"))


def _styled(text: Markup, style: Mapping[str, Any]) -> Markup:
    for name, tag in (*_TAGS.items(), ("code", "code")):
        if style.get(name):
            text = Markup("<{0}>{1}</{0}>").format(Markup(tag), text)  # noqa: S704 - one of ours
    return text
