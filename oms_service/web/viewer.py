"""Who looks at a page, as far as the frame needs to know."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from oms_service.kernel.languages import Language


def _nothing(permission: str) -> bool:
    del permission
    return False


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """A person and what they prefer; the default is somebody nobody knows."""

    name: str = ""
    #: Who it is, for what is kept of them a moment; never shown.
    ref: str = ""
    language: Language | None = None
    zone: ZoneInfo | None = None
    may: Callable[[str], bool] = _nothing
    #: Where they see their own sign-ins.
    account_url: str | None = None
    sign_out_url: str | None = None


NOBODY = Viewer()
