"""Connects what colleagues are told with the house."""

from typing import Final

from flask import Flask

from cases.events import (
    CaseAppended,
    CaseAssigned,
    CaseMentioned,
    CaseMerged,
    CaseReleased,
    CaseReplied,
    CaseResolved,
    CaseSlaWarned,
)
from cases.routing.events import CaseRouted
from cases.sla.events import CaseEscalated
from notifications import duty_words
from notifications.colleagues import bell, keeping, letters, pages, seen, wish_pages
from notifications.colleagues.mailing import BATCH, Mailing
from notifications.colleagues.of_cases import OfCases
from notifications.colleagues.of_goods import OfGoods
from notifications.colleagues.of_steps import OfSteps
from notifications.colleagues.teller import Teller
from oms_service.access import doors
from oms_service.conversations.events import MessageFailed, MessageResent
from oms_service.infra import duty_words as duties
from oms_service.infra.fallout import FalloutParked, FalloutRetried, FalloutSettled
from oms_service.infra.sweeps import Sweep
from oms_service.inventory.events import StockBecameAvailable, StockLevelLow
from oms_service.orders.events import OrderCancelled
from oms_service.ports.slots import Area, PreferencePage
from oms_service.runtime import Runtime
from oms_service.shipping.events import OrderLate, OrderRecovered, OrderStalled
from oms_service.web.texts import N_

_OWNER: Final = "lead"


def register(app: Flask, runtime: Runtime) -> None:
    """Hang what colleagues are told into the house."""
    _listen(runtime)
    duties.call(duty_words.DUTIES)
    runtime.keeping.add(keeping.KIND)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(wish_pages.blueprint)
    doors.of_all(app, "/notices", because="each colleague's own; the list shows what they see")
    seen.register(app, runtime)
    mailing = Mailing(runtime.settings.zone, runtime.settings.public_url)
    every = runtime.sweeps.add
    every(Sweep("write-to-colleagues", 15, mailing.write_due, again_at=BATCH))
    every(Sweep("tell-leads-of-the-unread", 15, mailing.tell_leads, again_at=BATCH))
    runtime.slots.add(
        bell.TOOL,
        *(
            PreferencePage(
                area=area,
                label=N_("How you are told"),
                endpoint="colleague_wishes.page",
                permission="notices:own",
                rank=50,
            )
            for area in (Area.DESK, Area.CONSOLE)
        ),
    )


def _listen(runtime: Runtime) -> None:
    hear = runtime.subscribers.react
    teller = Teller(runtime.settings.zone)
    of_cases = OfCases(teller)
    hear(CaseAssigned, of_cases.given, owner=_OWNER)
    hear(CaseReleased, of_cases.released, owner=_OWNER)
    hear(CaseMentioned, of_cases.mentioned, owner=_OWNER)
    hear(CaseAppended, of_cases.answered, owner=_OWNER)
    hear(CaseSlaWarned, of_cases.warned, owner=_OWNER)
    hear(CaseEscalated, of_cases.escalated, owner=_OWNER)
    hear(CaseRouted, of_cases.unassigned, owner=_OWNER)
    hear(CaseReplied, of_cases.replied, owner=_OWNER)
    hear(CaseResolved, of_cases.resolved, owner=_OWNER)
    hear(CaseMerged, of_cases.merged, owner=_OWNER)
    of_goods = OfGoods(teller)
    hear(StockLevelLow, of_goods.low, owner=_OWNER)
    hear(StockBecameAvailable, of_goods.came, owner=_OWNER)
    hear(OrderLate, of_goods.late, owner=_OWNER)
    hear(OrderStalled, of_goods.stalled, owner=_OWNER)
    hear(OrderRecovered, of_goods.recovered, owner=_OWNER)
    hear(OrderCancelled, of_goods.called_off, owner=_OWNER)
    of_steps = OfSteps(teller)
    hear(FalloutParked, of_steps.parked)
    hear(FalloutSettled, of_steps.settled)
    hear(MessageFailed, letters.failed, owner=_OWNER)
    hear(MessageResent, letters.resent, owner=_OWNER)
    hear(FalloutRetried, letters.try_again, owner=_OWNER)
