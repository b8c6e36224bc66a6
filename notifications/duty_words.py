"""What the repeated duties of notices are called."""

from collections.abc import Mapping
from typing import Final

from oms_service.web.texts import N_

#: What is done, by the names of sweeps.
DUTIES: Final[Mapping[str, str]] = {
    "forget-codes-by-text": N_("Clear used codes of text messages"),
    "say-unread-notices-further": N_("Say unread notices by another way"),
    "speak-due-notices": N_("Send notices that are due"),
    "tell-leads-of-the-unread": N_("Tell leads of urgent notices nobody read"),
    "write-to-colleagues": N_("Write mails to colleagues"),
}
