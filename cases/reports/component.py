"""Connects figures about cases with the house."""

from typing import Final

from flask import Flask

from cases.events import (
    AboutCase,
    CaseAppended,
    CaseAssigned,
    CaseEdited,
    CaseMerged,
    CaseOpened,
    CaseReleased,
    CaseReopened,
    CaseReplied,
    CaseResolved,
    CaseSplit,
    CaseUnmerged,
)
from cases.reports import board_pages, facts, pages
from oms_service.infra.sweeps import Sweep
from oms_service.orders.events import OrderChanged
from oms_service.runtime import Runtime
from oms_service.shipping.events import ParcelHandedOver

#: What happens to a case and is counted. Clocks react to these first: figures read them.
_COUNTED: Final[tuple[type[AboutCase], ...]] = (
    CaseOpened,
    CaseAppended,
    CaseAssigned,
    CaseReleased,
    CaseReplied,
    CaseResolved,
    CaseReopened,
    CaseEdited,
    CaseMerged,
    CaseUnmerged,
    CaseSplit,
)


def register(app: Flask, runtime: Runtime) -> None:
    """Hang figures into the house, after the clocks that they read."""
    for event in _COUNTED:
        runtime.subscribers.react(event, facts.follow, owner="lead")
    runtime.subscribers.react(ParcelHandedOver, facts.follow_order, owner="lead")
    runtime.subscribers.react(OrderChanged, facts.follow_order, owner="lead")
    runtime.sweeps.add(Sweep("count-uncounted-cases", 60, facts.catch_up, again_at=facts.CHUNK))
    runtime.slots.add(*pages.ENTRIES, board_pages.ENTRY)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(board_pages.blueprint)
