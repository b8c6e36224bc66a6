"""The channels of the house, and how messages reach people on them."""

from typing import Final

WEBCHAT: Final = "webchat"
MAIL: Final = "mail"
LINE: Final = "line"
#: Direct messages with the shop's app.
SLACK: Final = "slack"
#: Short messages to a telephone.
SMS: Final = "sms"
#: Programs of customers and of the shop, by the tools for them.
ASSISTANT: Final = "assistant"

#: Here people fetch their messages themselves: what is stored has been sent, no job is needed.
PULLED: Final = frozenset({WEBCHAT, ASSISTANT})
