"""Which of the shop's keys browsers subscribe to now.

What seals and signs is loaded by who needs it: pages and relays without a browser that rings do
not.
"""

from typing import TYPE_CHECKING, Final

from oms_service.settings import Settings

if TYPE_CHECKING:
    from notifications.push.identity import Identity

#: Another word makes another key: whoever subscribed to a former one is rung by that still.
SEED: Final = "1"


def identity(settings: Settings, seed: str = SEED) -> "Identity":
    """The key of a seed, and whom push services may write to."""
    from notifications.push.identity import Identity  # noqa: PLC0415 - see above

    return Identity.computed(settings.secret_key, seed, settings.push_contact_url)
