"""Good news that can be taken back: a notice with a button, on the page that comes next."""

from collections.abc import Mapping

from flask import flash


def flash_undo(text: str, *, url: str, fields: Mapping[str, str | int]) -> None:
    """Say that something was done, with a way to undo it.

    Args:
        text: what was done, in the reader's language.
        url: where the button posts to; the view there checks anew whether it may still be undone.
        fields: what it posts beside the proof of origin, such as the version to go back to.
    """
    said = {"text": text, "url": url, "fields": {name: str(one) for name, one in fields.items()}}
    flash(said, "success")  # type: ignore[arg-type]  # Flask keeps whatever JSON can say
