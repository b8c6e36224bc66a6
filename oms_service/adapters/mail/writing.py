"""Letters are written as the library's policy for SMTP says, without what it does over and over.

As it stands, two thirds of the time of a letter go into making a class for each of its headers,
reading again what was just written, and searching for a line that stands in no part.
"""

from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any, Final


class _KeptKinds(HeaderRegistry):
    """Makes the class for a header's name once."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[str, type] = {}

    def __getitem__(self, name: str) -> type:
        name = name.lower()
        if name not in self._kept:
            self._kept[name] = super().__getitem__(name)
        return self._kept[name]


class _Plain(EmailPolicy):
    """Headers of plain characters stay as they are; a long one is folded when it is sent."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        is_of_a_part = name.lower().startswith(("content-", "mime-"))
        is_text = isinstance(value, str) and value.isascii() and value.isprintable()
        if is_text and not is_of_a_part:
            return name, value
        return super().header_store_parse(name, value)


POLICY: Final = _Plain(linesep="\r\n", header_factory=_KeptKinds())


def divide(mail: EmailMessage) -> None:
    """Name the lines between its parts: all are base64, so none has an underscore in it."""
    for depth, part in enumerate(one for one in mail.walk() if one.is_multipart()):
        part.set_boundary(f"=_{depth}")
