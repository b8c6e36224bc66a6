"""What every paper of stock has in common when it is written: sound lines, one place, versions."""

from collections.abc import Mapping
from typing import Final, Protocol

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory.models import Location
from oms_service.inventory.policy import MOST_MOVED
from oms_service.kernel.errors import Invalid, Stale

#: One paper holds at most so many lines: more would be no paper a person can work through.
MOST_LINES: Final = 500


class Versioned(Protocol):
    """A row that counts its changes."""

    version: int


def check_units(units: Mapping[int, int], *, least: int = 1, field: str = "lines") -> None:
    """Refuse no lines, too many, and quantities nobody can mean.

    Raises:
        Invalid: ``fields`` says which.
    """
    if not units:
        raise Invalid("there are no lines", {field: "is empty"})
    if len(units) > MOST_LINES:
        raise Invalid("there are too many lines", {field: f"has more than {MOST_LINES}"})
    if not all(least <= quantity <= MOST_MOVED for quantity in units.values()):
        raise Invalid("some quantities are wrong", {"quantity": f"must be {least} to {MOST_MOVED}"})


def check_known(units: Mapping[int, object], on_paper: Mapping[int, object]) -> None:
    """Refuse variants the paper does not name.

    Raises:
        Invalid: it names others.
    """
    if not units.keys() <= on_paper.keys():
        raise Invalid("some of this is not on the paper", {"lines": "names what is not on it"})


def check_location(uow: UnitOfWork, location_id: int, field: str = "location") -> None:
    """Refuse a location that is not in use.

    Raises:
        Invalid: there is none, or it is closed.
    """
    row = uow.session.get(Location, location_id)
    if row is None or not row.is_active:
        raise Invalid("this location is not in use", {field: "is not in use"})


def check_version(row: Versioned, version: int | None) -> None:
    """Refuse a change by somebody who has seen another state; None where nobody looked.

    Raises:
        Stale: it changed since.
    """
    if version is not None and version != row.version:
        raise Stale("it changed since you opened it")
