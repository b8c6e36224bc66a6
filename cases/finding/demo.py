"""Saved views of the demo shop."""

from typing import Final

from cases.finding import saving
from cases.finding.filters import OPEN, Key
from cases.finding.saving import ViewWish
from cases.finding.states import Sort
from oms_service.infra.uow import UnitOfWork

VIEWS: Final = (
    ViewWish(
        name="返品の窓口 / Returns",
        filters={Key.STATE: (OPEN,), Key.QUEUE: ("returns",)},
        sort=Sort.DUE,
        is_shared=True,
        position=10,
    ),
    ViewWish(
        name="英語 / In English",
        filters={Key.STATE: (OPEN,), Key.LANGUAGE: ("en",)},
        sort=Sort.WAITING,
        is_shared=True,
        position=20,
    ),
)


def add(uow: UnitOfWork) -> None:
    """Two views for everybody."""
    for wish in VIEWS:
        saving.save(uow, wish, shares=True)
