"""Connects notices with the house: what they react to, what they add, what they do by the clock."""

from functools import partial
from typing import Any

from flask import Flask

from cases.acting import labels
from cases.after.events import FeedbackAsked, SatisfactionAsked
from cases.after.links import AfterLinks
from cases.events import CaseOpened, CaseReopened, CaseReplied, CaseResolved
from cases.portal.links import WaitingLinks
from notifications import (
    because,
    beside,
    due,
    hours_pages,
    inbox_badge,
    inbox_pages,
    keeping,
    preference_pages,
    rules_pages,
    stop_pages,
    timeline,
    unread,
)
from notifications.asking import Asking
from notifications.colleagues import component as colleagues
from notifications.leaving import TellingOfParcels
from notifications.of_cases import OfCases
from notifications.of_coming_back import OfComingBack
from notifications.of_money import OfMoney
from notifications.of_orders import OfOrders
from notifications.of_parcels import OfParcels
from notifications.of_pickups import OfPickups
from notifications.planned import component as planned
from notifications.push import component as push
from notifications.reactions import Telling
from notifications.stops import Stops
from notifications.teller import Teller
from notifications.waiting import TellingOfDays
from oms_service.access import doors
from oms_service.conversations.events import MessageFailed
from oms_service.infra.sweeps import Sweep
from oms_service.orders.events import (
    OrderCancelled,
    OrderChangeClosed,
    OrderChanged,
    OrderDateMoved,
    OrderHeld,
    OrderLinesCancelled,
    OrderPlaced,
    OrderReleased,
)
from oms_service.payments.events import (
    PaymentCaptured,
    PaymentRefused,
    PaymentWaiting,
    RefundFailed,
    RefundPaid,
)
from oms_service.pickup.events import (
    PickupCancelled,
    PickupExpired,
    PickupExtended,
    PickupReady,
    PickupReminderDue,
)
from oms_service.ports.slots import Area, Entry, PreferencePage
from oms_service.returns.events import (
    ClaimApproved,
    ClaimRejected,
    ClaimRemedied,
    ClaimRequested,
    ExchangeCancelled,
    ExchangeSent,
    ReturnApproved,
    ReturnOverdue,
    ReturnPartlyReceived,
    ReturnReceived,
    ReturnRejected,
    ReturnRequested,
    ReturnSent,
    ReturnWithdrawn,
)
from oms_service.runtime import Runtime
from oms_service.shipping.events import (
    OrderLate,
    OrderPromiseChanged,
    OrderRecovered,
    OrderStalled,
    ParcelDelivered,
    ParcelHandedOver,
    ParcelScanned,
    ShipmentDelayed,
    ShipmentRecovered,
)
from oms_service.sourcing.events import BackorderFilled
from oms_service.warehouse.events import FulfilmentChanged
from oms_service.web import frame
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang notices into the house."""
    _open_pages(app)
    runtime.slots.add(
        PreferencePage(area=Area.PORTAL, label=N_("Notices"), endpoint="notices.page", rank=20),
        PreferencePage(
            area=Area.PORTAL,
            label=N_("What we told you"),
            endpoint="notice_inbox.page",
            rank=15,
        ),
        PreferencePage(
            area=Area.PORTAL,
            label=N_("When we write to you"),
            endpoint="notice_hours.page",
            rank=22,
        ),
        beside.PANEL,
        inbox_badge.TOOL,
        Entry(
            area=Area.CONSOLE,
            label=N_("What customers are told"),
            group=N_("System"),
            endpoint="notice_rules.page",
            permission="notices:manage",
            icon="speech",
            rank=86,
        ),
    )
    settings = runtime.settings
    of_cases = AfterLinks(settings.secret_key, settings.public_url, runtime.clock)
    stops = Stops(settings.secret_key, settings.public_url)
    label = partial(labels.url_of, runtime)
    telling = Telling(settings.zone, runtime.links, of_cases, label, stops)
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
    hear(MessageFailed, telling.letter_failed, owner="lead")
    asking = Asking(settings.zone, of_cases, stops)
    hear(SatisfactionAsked, asking.satisfaction, owner="lead")
    hear(FeedbackAsked, asking.feedback, owner="lead")
    hear(CaseReopened, asking.came_back, owner="lead")
    of_parcels = TellingOfParcels(settings.zone, runtime.links, runtime.adapters, stops)
    hear(ParcelHandedOver, of_parcels.left, owner="lead")
    links = WaitingLinks(settings.secret_key, runtime.clock)
    of_days = TellingOfDays(settings.zone, settings.public_url, links, stops)
    hear(OrderDateMoved, of_days.moved, owner="lead")
    teller = Teller(settings.zone, runtime.links, stops)
    _hear_of_orders(hear, OfOrders(teller, links, settings.public_url))
    _hear_of_money_and_pickups(hear, OfMoney(teller), OfPickups(teller))
    _hear_of_coming_back(hear, OfComingBack(teller, label))
    whereabouts = OfParcels(teller, runtime.adapters)
    hear(ParcelScanned, whereabouts.scanned, owner="lead")
    hear(ParcelDelivered, whereabouts.delivered, owner="lead")
    requests = OfCases(settings.zone, of_cases, stops)
    hear(CaseOpened, requests.opened, owner="lead")
    hear(CaseReplied, requests.answered, owner="lead")
    runtime.timeline.add("notifications", timeline.told)
    runtime.becauses.add(because.explained, because.of_order)
    runtime.keeping.add(keeping.KIND)
    colleagues.register(app, runtime)
    planned.register(app, runtime)
    push.register(app, runtime)
    _sweep(runtime, telling)


def _sweep(runtime: Runtime, telling: Telling) -> None:
    every = runtime.sweeps.add
    every(Sweep("speak-due-notices", 30, telling.speak_due, again_at=due.BATCH))
    every(Sweep("say-unread-notices-further", 60, telling.go_further, again_at=unread.BATCH))


def _hear_of_orders(hear: Any, told: OfOrders) -> None:
    hear(OrderPlaced, told.received, owner="lead")
    hear(OrderHeld, told.held, owner="lead")
    hear(OrderReleased, told.released, owner="lead")
    hear(OrderCancelled, told.cancelled, owner="lead")
    hear(OrderLinesCancelled, told.partly_cancelled, owner="lead")
    hear(OrderChanged, told.changed, owner="lead")
    hear(OrderChangeClosed, told.not_changed, owner="lead")
    hear(FulfilmentChanged, told.preparing, owner="lead")
    hear(BackorderFilled, told.came, owner="lead")


def _hear_of_money_and_pickups(hear: Any, money: OfMoney, pickups: OfPickups) -> None:
    hear(PaymentWaiting, money.due, owner="lead")
    hear(PaymentCaptured, money.received, owner="lead")
    hear(PaymentRefused, money.refused, owner="lead")
    hear(RefundFailed, money.refund_failed, owner="lead")
    hear(PickupReady, pickups.ready, owner="lead")
    hear(PickupReminderDue, pickups.reminder, owner="lead")
    hear(PickupExtended, pickups.extended, owner="lead")
    hear(PickupExpired, pickups.expired, owner="lead")
    hear(PickupCancelled, pickups.cancelled, owner="lead")


def _hear_of_coming_back(hear: Any, told: OfComingBack) -> None:
    hear(ReturnRequested, told.return_asked, owner="lead")
    hear(ReturnSent, told.return_sent, owner="lead")
    hear(ReturnOverdue, told.return_overdue, owner="lead")
    hear(ReturnPartlyReceived, told.return_partly_received, owner="lead")
    hear(ReturnWithdrawn, told.return_withdrawn, owner="lead")
    hear(ExchangeSent, told.exchange_sent, owner="lead")
    hear(ExchangeCancelled, told.exchange_cancelled, owner="lead")
    hear(ClaimRequested, told.claim_asked, owner="lead")
    hear(ClaimApproved, told.claim_approved, owner="lead")
    hear(ClaimRejected, told.claim_rejected, owner="lead")
    hear(ClaimRemedied, told.claim_remedied, owner="lead")


def _open_pages(app: Flask) -> None:
    app.register_blueprint(preference_pages.blueprint)
    app.register_blueprint(hours_pages.blueprint)
    app.register_blueprint(inbox_pages.blueprint)
    app.register_blueprint(rules_pages.blueprint)
    app.register_blueprint(stop_pages.blueprint)
    doors.of_all(app, "/console/notices/", because="what the whole shop tells its customers")
    frame.of(app).csrf.exempt_blueprint(
        stop_pages.blueprint, because="mail programs press the signed link without a page of ours"
    )
