"""What the repeated duties of the chat are called."""

from collections.abc import Mapping
from typing import Final

from oms_service.web.texts import N_

#: What is done, by the names of sweeps.
DUTIES: Final[Mapping[str, str]] = {
    "forget-heard-of-slack": N_("Clear marks of what Slack told"),
    "forget-line-events": N_("Clear marks of LINE messages"),
    "forget-old-assistant-calls": N_("Clear old calls of assistants"),
    "forget-old-model-calls": N_("Clear old calls of the language model"),
    "forget-old-proposals": N_("Clear words of old proposals"),
    "forget-customers-of-slack": N_("Clear what customers told in Slack and was dealt with"),
    "forget-told-in-slack": N_("Clear marks of answers on their way in Slack"),
    "forget-said-in-slack": N_("Clear marks of what was said in Slack"),
    "line-messages-that-wait": N_("Send LINE messages that had to wait"),
    "try-slack-again": N_("Try again what Slack has refused"),
}
