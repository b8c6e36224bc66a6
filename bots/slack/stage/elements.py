"""Which elements of Block Kit are well-formed, as Slack checks them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bots.slack.stage.texts import Trouble, text_trouble, wrong_text

#: Elements that hold a choice or words, so that they stand in a view's state.
STATEFUL: Final = frozenset(
    {
        "channels_select",
        "checkboxes",
        "conversations_select",
        "datepicker",
        "datetimepicker",
        "email_text_input",
        "external_select",
        "file_input",
        "multi_channels_select",
        "multi_conversations_select",
        "multi_external_select",
        "multi_static_select",
        "multi_users_select",
        "number_input",
        "plain_text_input",
        "radio_buttons",
        "rich_text_input",
        "static_select",
        "timepicker",
        "url_text_input",
        "users_select",
    }
)
#: Elements in which somebody types; they stand in input blocks only.
TYPED: Final = frozenset(
    {
        "email_text_input",
        "file_input",
        "number_input",
        "plain_text_input",
        "rich_text_input",
        "url_text_input",
    }
)
ACTIVE: Final = (STATEFUL - TYPED) | {"button", "overflow"}
IN_ACTIONS: Final = ACTIVE
IN_SECTION: Final = ACTIVE | {"image"}
IN_INPUT: Final = STATEFUL
IN_CONTEXT: Final = frozenset({"image", "mrkdwn", "plain_text"})

OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
ACTION_ID: Final = 255
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2_000
PLACEHOLDER: Final = 150
URL: Final = 3_000
INPUT_LENGTH: Final = 3_000
OPTIONS: Final = {
    "checkboxes": (1, 10),
    "multi_static_select": (1, 100),
    "overflow": (1, 5),
    "radio_buttons": (1, 10),
    "static_select": (1, 100),
}


def element_trouble(
    element: Any, at: str, allowed: frozenset[str], *, in_view: bool = True
) -> Iterator[str]:
    """What Slack would say against an element; nothing where all is well."""
    if not isinstance(element, dict):
        yield Trouble.say("must be an object", at)
        return
    kind = element.get("type")
    if kind not in allowed:
        yield Trouble.say(f"unsupported type: {kind}", f"{at}/type")
        return
    if kind == "file_input" and not in_view:
        yield Trouble.say("unsupported type: file_input", f"{at}/type")
    if kind in {"mrkdwn", "plain_text"}:
        yield from text_trouble(element, at, most=2_000)
        return
    if kind == "image":
        yield from image_trouble(element, at)
        return
    yield from _common(element, at)
    check = _CHECKS.get(kind)
    if check is not None:
        yield from check(element, at)


def image_trouble(element: Mapping[str, Any], at: str) -> Iterator[str]:
    """What Slack would say against an image."""
    if not element.get("image_url") and not element.get("slack_file"):
        yield Trouble.missing("image_url", at)
    yield from wrong_text(element.get("image_url", ""), f"{at}/image_url", most=URL, least=0)
    yield from wrong_text(element.get("alt_text"), f"{at}/alt_text", most=2_000)


def options_of(element: Mapping[str, Any]) -> list[Any]:
    """All that can be chosen, without their groups."""
    if element.get("option_groups"):
        return [option for group in element["option_groups"] for option in group["options"]]
    return list(element.get("options") or [])


def option_trouble(option: Any, at: str, *, with_mrkdwn: bool = False) -> Iterator[str]:
    """What Slack would say against one choice."""
    if not isinstance(option, dict):
        yield Trouble.say("must be an object", at)
        return
    yield from text_trouble(
        option.get("text"), f"{at}/text", most=OPTION_TEXT, is_plain=not with_mrkdwn
    )
    yield from wrong_text(option.get("value"), f"{at}/value", most=OPTION_VALUE)
    if "description" in option:
        yield from text_trouble(
            option["description"], f"{at}/description", most=OPTION_TEXT, is_plain=not with_mrkdwn
        )


def _common(element: Mapping[str, Any], at: str) -> Iterator[str]:
    if "action_id" in element:
        yield from wrong_text(element["action_id"], f"{at}/action_id", most=ACTION_ID)
    if "placeholder" in element:
        yield from text_trouble(
            element["placeholder"], f"{at}/placeholder", most=PLACEHOLDER, is_plain=True
        )
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{at}/confirm")


def _confirm(confirm: Any, at: str) -> Iterator[str]:
    if not isinstance(confirm, dict):
        yield Trouble.say("must be an object", at)
        return
    for name, most, is_plain in (
        ("title", 100, True),
        ("text", 300, False),
        ("confirm", 30, True),
        ("deny", 30, True),
    ):
        yield from text_trouble(confirm.get(name), f"{at}/{name}", most=most, is_plain=is_plain)


def _button(element: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from text_trouble(element.get("text"), f"{at}/text", most=BUTTON_TEXT, is_plain=True)
    if "value" in element:
        yield from wrong_text(element["value"], f"{at}/value", most=BUTTON_VALUE, least=0)
    if "url" in element:
        yield from wrong_text(element["url"], f"{at}/url", most=URL)
    if "accessibility_label" in element:
        label = element["accessibility_label"]
        yield from wrong_text(label, f"{at}/accessibility_label", most=75)
    if element.get("style", "primary") not in {"primary", "danger"}:
        yield Trouble.say("must be primary or danger", f"{at}/style")


def _choices(element: Mapping[str, Any], at: str) -> Iterator[str]:
    kind = element["type"]
    least, most = OPTIONS[kind]
    groups = element.get("option_groups")
    if groups is not None:
        if not 1 <= len(groups) <= 100:  # noqa: PLR2004 - Slack's number
            yield Trouble.count(1, 100, f"{at}/option_groups")
        for number, group in enumerate(groups):
            label = f"{at}/option_groups/{number}/label"
            yield from text_trouble(group.get("label"), label, most=75, is_plain=True)
            if not 1 <= len(group.get("options") or ()) <= most:
                yield Trouble.count(1, most, f"{at}/option_groups/{number}/options")
    listed = options_of(element)
    if groups is None and not least <= len(listed) <= most:
        yield Trouble.count(least, most, f"{at}/options")
    for number, option in enumerate(listed):
        yield from option_trouble(
            option,
            f"{at}/options/{number}",
            with_mrkdwn=kind in {"checkboxes", "radio_buttons"},
        )
    values = [option.get("value") for option in listed if isinstance(option, dict)]
    if len(set(values)) != len(values):
        yield Trouble.say("option values must be unique", f"{at}/options")
    yield from _initial(element, listed, at)


def _initial(element: Mapping[str, Any], listed: list[Any], at: str) -> Iterator[str]:
    values = [option.get("value") for option in listed if isinstance(option, dict)]
    if "initial_option" in element and element["initial_option"].get("value") not in values:
        yield Trouble.say("must be one of the options", f"{at}/initial_option")
    chosen = element.get("initial_options")
    if chosen is not None and (
        not chosen or any(option.get("value") not in values for option in chosen)
    ):
        yield Trouble.say("must be some of the options", f"{at}/initial_options")


def _typed(element: Mapping[str, Any], at: str) -> Iterator[str]:
    for name, least in (("min_length", 0), ("max_length", 1)):
        value = element.get(name, least)
        if not isinstance(value, int) or not least <= value <= INPUT_LENGTH:
            yield Trouble.say(f"must be from {least} to {INPUT_LENGTH}", f"{at}/{name}")
    longest = element.get("max_length", INPUT_LENGTH)
    if isinstance(longest, int) and len(str(element.get("initial_value") or "")) > longest:
        yield Trouble.say("longer than max_length", f"{at}/initial_value")


def _number(element: Mapping[str, Any], at: str) -> Iterator[str]:
    if not isinstance(element.get("is_decimal_allowed"), bool):
        yield Trouble.missing("is_decimal_allowed", at)


_CHECKS: Final[Mapping[str, Callable[[Mapping[str, Any], str], Iterator[str]]]] = {
    "button": _button,
    "checkboxes": _choices,
    "multi_static_select": _choices,
    "number_input": _number,
    "overflow": _choices,
    "plain_text_input": _typed,
    "radio_buttons": _choices,
    "static_select": _choices,
}
