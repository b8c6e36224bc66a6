"""Connects notices with the house: what they react to, what they add, what they do by the clock."""

from functools import partial

from flask import Flask

from cases.acting import labels
from cases.after.events import FeedbackAsked, SatisfactionAsked
from cases.after.links import AfterLinks
from cases.events import CaseReopened, CaseResolved
from cases.portal.links import WaitingLinks
from notifications import beside, keeping, preference_pages, service, timeline
from notifications.asking import Asking
from notifications.leaving import TellingOfParcels
from notifications.reactions import Telling
from notifications.waiting import TellingOfDays
from oms_service.infra.sweeps import Sweep
from oms_service.orders.events import OrderCancelled, OrderDateMoved
from oms_service.payments.events import RefundPaid
from oms_service.ports.slots import Area, PreferencePage
from oms_service.returns.events import ReturnApproved, ReturnReceived, ReturnRejected
from oms_service.runtime import Runtime
from oms_service.shipping.events import (
    OrderLate,
    OrderPromiseChanged,
    OrderRecovered,
    OrderStalled,
    ParcelDelivered,
    ParcelHandedOver,
    ShipmentDelayed,
    ShipmentRecovered,
)
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang notices into the house."""
    app.register_blueprint(preference_pages.blueprint)
    runtime.slots.add(
        PreferencePage(area=Area.PORTAL, label=N_("Notices"), endpoint="notices.page", rank=20),
        beside.PANEL,
    )
    settings = runtime.settings
    of_cases = AfterLinks(settings.secret_key, settings.public_url, runtime.clock)
    telling = Telling(settings.zone, runtime.links, of_cases, partial(labels.url_of, runtime))
    hear = runtime.subscribers.react
    hear(ShipmentDelayed, telling.delayed, owner="lead")
    hear(ShipmentRecovered, telling.recovered, owner="lead")
    hear(OrderPromiseChanged, telling.promised_anew, owner="lead")
    hear(OrderLate, telling.late, owner="lead")
    hear(OrderStalled, telling.stalled, owner="lead")
    hear(OrderRecovered, telling.well_again, owner="lead")
    hear(OrderCancelled, telling.called_off, owner="lead")
    hear(ParcelDelivered, telling.delivered, owner="lead")
    hear(ReturnApproved, telling.approved, owner="lead")
    hear(ReturnRejected, telling.rejected, owner="lead")
    hear(ReturnReceived, telling.received, owner="lead")
    hear(RefundPaid, telling.paid, owner="lead")
    hear(CaseResolved, telling.resolved, owner="lead")
    asking = Asking(settings.zone, of_cases)
    hear(SatisfactionAsked, asking.satisfaction, owner="lead")
    hear(FeedbackAsked, asking.feedback, owner="lead")
    hear(CaseReopened, asking.came_back, owner="lead")
    of_parcels = TellingOfParcels(settings.zone, runtime.links, runtime.adapters)
    hear(ParcelHandedOver, of_parcels.left, owner="lead")
    links = WaitingLinks(settings.secret_key, runtime.clock)
    of_days = TellingOfDays(settings.zone, settings.public_url, links)
    hear(OrderDateMoved, of_days.moved, owner="lead")
    runtime.timeline.add("notifications", timeline.told)
    runtime.keeping.add(keeping.KIND)
    runtime.sweeps.add(Sweep("speak-due-notices", 30, telling.speak_due, again_at=service.BATCH))
