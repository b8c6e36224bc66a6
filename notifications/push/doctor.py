"""What ``oms doctor`` says of rings in browsers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from notifications.push import queries
from oms_service.console.doctor import Finding
from oms_service.runtime import Runtime

_NAME: Final = "web push"
#: Refused so often in a day, and more often than not, something is wrong with what we send.
_FEWEST: Final = 3
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def check(runtime: Runtime) -> Iterator[Finding]:
    """Whether browsers can be rung at all, how many are, and what push services said."""
    site = urlsplit(runtime.settings.public_url)
    if site.scheme != "https" and site.hostname not in _HERE:
        yield Finding(_NAME, "off: browsers take it from sites over https alone")
        return
    try:
        with runtime.database.reading() as connection:
            found = queries.tally(connection, runtime.clock.now() - timedelta(days=1))
    except SQLAlchemyError:
        return  # said already, under "database"
    said = f"{found.browsers} browsers; {found.taken} rings taken and {found.refused} refused today"
    is_ill = found.refused >= _FEWEST and found.refused > found.taken
    yield Finding(
        _NAME,
        said,
        "Look whether the clock is right, and whether SECRET_KEY was changed: browsers that "
        "subscribed before are rung by nobody then."
        if is_ill
        else "",
    )
