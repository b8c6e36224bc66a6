"""The chat's own words, for its script; the bot's words come with its messages."""

from collections.abc import Mapping

from oms_service.web.texts import _


def for_script(most_files: int, most_mb: int) -> Mapping[str, str]:
    """Everything the script says by itself, in the language of the page."""
    return {
        "bot": _("Automatic reply"),
        "agent": _("Colleague"),
        "notice": _("Notice from the shop"),
        "customer": _("You"),
        "sending": _("Sending"),
        "waiting": _("Not sent yet. We try again as soon as there is a connection."),
        "unsent": _("Not sent yet"),
        "not_saved": _("The conversation could not be saved. Please try again."),
        "retry": _("Send again"),
        "refused": _("This could not be sent. Please write it in other words."),
        "too_long": _("That is longer than %(most)s characters. Please split it.", most="2,000"),
        "too_many": _("That was a little fast. We send it again in a moment."),
        "attach": _("Attach a photo or a file"),
        "remove": _("Remove"),
        "too_many_files": _("At most %(most)s files at once.", most=most_files),
        "file_too_large": _("One file is larger than %(most)s MB.", most=most_mb),
        "file_failed": _("This file could not be sent. Please try again."),
        "typing": _("Writing a reply"),
        "people": _("A colleague answers here. Please wait, or write more."),
        "automatic": _("Answers at once, at any hour"),
        "offline": _("No connection. What you write is sent once it is back."),
    }
