"""The conversation as a mail."""

from collections.abc import Mapping
from typing import Final, TypedDict

from bots.dialogue.contracts.shapes import RetryData, Skill


class MailedData(TypedDict):
    to: str
    """The address, as far as its owner knows it again: ``m…@example.jp``."""


SKILLS: Final[Mapping[str, Skill]] = {
    # To the address the customer proved last; ``unproven`` where they have proven none.
    "mail_transcript": Skill({}, {"ok": MailedData, "unproven": None, "too_many": RetryData}),
}
