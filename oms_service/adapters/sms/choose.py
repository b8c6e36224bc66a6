"""Which way short messages leave, from the settings."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from oms_service.adapters.sms.box import BoxTransport, NoTransport
from oms_service.adapters.sms.provider import Provider, SmsTransport
from oms_service.conversations.transports import Transport


def sms_transport(
    provider: Provider | None, *, box: Path | None, now: Callable[[], datetime]
) -> Transport:
    """The provider's where there is one; files in ``box`` in a demo; else none."""
    if provider is not None:
        return SmsTransport(provider)
    return BoxTransport(box, now=now) if box is not None else NoTransport()
