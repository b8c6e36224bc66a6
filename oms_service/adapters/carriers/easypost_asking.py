"""Asking EasyPost about a parcel, by its own library."""

import json
from dataclasses import dataclass, field
from typing import Final

from oms_service.adapters.carriers.easypost_trackers import SLUG, THEIR_NAMES
from oms_service.ports.tracking import NoAnswer

#: No answer by then is none; an effect's lease is longer.
TIMEOUT_S: Final = 20


@dataclass(frozen=True)
class EasyPostAsking:
    """Makes the tracker of a parcel, or finds the one made before.

    EasyPost gives the same tracker whenever the same number of the same carrier is asked for, so
    number and carrier are the key that makes a repetition harmless.
    """

    api_key: str = field(repr=False)
    url: str
    timeout_s: int = TIMEOUT_S

    @property
    def source(self) -> str:
        return f"carrier:{SLUG}"

    def ask(self, carrier: str, number: str) -> bytes:
        from easypost.easypost_client import (  # noqa: PLC0415 - loads with the first question
            EasyPostClient,
        )
        from easypost.errors.api.api_error import (  # noqa: PLC0415 - loads with the first question
            ApiError,
        )
        from easypost.errors.general.easypost_error import (  # noqa: PLC0415 - loads with the first question
            EasyPostError,
        )

        client = EasyPostClient(self.api_key, api_base=self.url, timeout=self.timeout_s)
        named = {"carrier": THEIR_NAMES[carrier]} if carrier in THEIR_NAMES else {}
        try:
            tracker = client.tracker.create(tracking_code=number, **named)
        except ApiError as error:
            raise NoAnswer(f"status_{error.http_status or 0}") from None
        except (EasyPostError, OSError, ValueError):
            raise NoAnswer("unreachable") from None
        return json.dumps(tracker.to_dict(), sort_keys=True, default=str).encode()
