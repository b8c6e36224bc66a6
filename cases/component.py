"""Connects cases with the house: what they react to, what they add, what they do by the clock."""

from flask import Flask

from cases import (
    addresses,
    audit_words,
    because,
    duty_words,
    inbox,
    keeping,
    reactions,
    service,
    timeline,
)
from cases.acting import component as acting
from cases.after import component as afterwards
from cases.api import acting as api_of_acting
from cases.api import after as api_of_answers
from cases.api import evidence as api_of_files
from cases.api import finding as api_of_finding
from cases.api import merging as api_of_merging
from cases.api import refund_news as api_of_refund_news
from cases.api import reports as api_of_figures
from cases.api import routing as routing_api
from cases.api import sla as sla_api
from cases.api import taxonomy as api_of_words
from cases.api import taxonomy_sheet as api_of_sheets
from cases.api import together as api_of_together
from cases.api import views as api
from cases.api import writing as api_of_writing
from cases.delays import pages as deliveries
from cases.delays import reactions as delays
from cases.delays import rule_pages as delay_rules
from cases.delivery import beside
from cases.delivery import pages as delivery
from cases.desk import component as at_the_desk
from cases.events import (
    AboutCase,
    CaseAppended,
    CaseAssigned,
    CaseChanged,
    CaseDueChanged,
    CaseEdited,
    CaseOpened,
    CaseReleased,
    CaseReopened,
    CaseReplied,
    CaseResolved,
)
from cases.evidence import component as evidence
from cases.finding import component as finding
from cases.mail_in import component as mail_in
from cases.merging import component as merging
from cases.people import component as people
from cases.portal import (
    account,
    asking,
    changes,
    coming_back,
    find,
    late,
    own_data,
    papers,
    waiting,
)
from cases.portal import cases as portal_cases
from cases.portal import views as portal
from cases.reports import component as figures
from cases.routing import wiring as routing
from cases.sla import pages as times
from cases.sla import service as answer_times
from cases.taxonomy import component as taxonomy
from cases.together import component as together
from oms_service.api import openapi
from oms_service.conversations.events import MessageReceived
from oms_service.customers.events import (
    CustomerIdentityAdded,
    CustomerMerged,
    CustomerUnmerged,
)
from oms_service.infra import duty_words as duties
from oms_service.infra import trail_words
from oms_service.infra.sweeps import Sweep
from oms_service.orders.events import OrderCancelled
from oms_service.ports.slots import Area, Entry, PreferencePage
from oms_service.returns.events import (
    ClaimRejected,
    ClaimRemedied,
    ClaimReopened,
    ClaimRequested,
    ClaimWithdrawn,
    ReturnApproved,
    ReturnDiffered,
    ReturnOverdue,
    ReturnReceived,
    ReturnRejected,
    ReturnRequested,
    ReturnSettled,
    ReturnWithdrawn,
)
from oms_service.runtime import Runtime
from oms_service.shipping.events import (
    OrderAtRisk,
    OrderLate,
    OrderPromiseChanged,
    OrderRecovered,
    OrderStalled,
    ParcelDelivered,
    ParcelHandedOver,
    ShipmentDelayed,
)
from oms_service.web.texts import N_

_OF_CASES: tuple[type[AboutCase], ...] = (
    CaseOpened,
    CaseAppended,
    CaseAssigned,
    CaseReleased,
    CaseReplied,
    CaseChanged,
    CaseResolved,
    CaseReopened,
    CaseEdited,
)


def register(app: Flask, runtime: Runtime) -> None:
    """Hang cases into the house."""
    _listen(runtime)
    addresses.register(app, runtime)
    keeping.register(runtime)
    routing.register(app, runtime)
    runtime.timeline.add("cases", timeline.entries)
    runtime.becauses.add(because.explained, because.of_order)
    _by_the_clock(runtime)
    finding.register(app, runtime)
    runtime.slots.add(
        Entry(
            area=Area.PORTAL,
            label=N_("My orders"),
            endpoint="portal.orders",
            icon="parcel",
            rank=10,
        ),
        Entry(
            area=Area.PORTAL,
            label=N_("Account"),
            endpoint="portal_account.overview",
            icon="person",
            rank=20,
        ),
        PreferencePage(
            area=Area.PORTAL,
            label=N_("Your addresses"),
            endpoint="portal_account.book",
            rank=10,
        ),
    )
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("Answer times"),
            endpoint="answer_times.overview",
            permission="sla:manage",
            icon="clock",
            rank=60,
            group=N_("Case settings"),
        )
    )
    at_the_desk.register(app, runtime)
    people.register(app, runtime)
    _after(app, runtime)
    together.register(app, runtime)
    merging.register(app, runtime)
    app.register_blueprint(times.blueprint)
    taxonomy.register(app, runtime)
    app.register_blueprint(deliveries.blueprint)
    app.register_blueprint(delay_rules.blueprint)
    deliveries.register(runtime)
    app.register_blueprint(portal.blueprint)
    app.register_blueprint(delivery.blueprint)
    runtime.slots.add(*beside.PANELS)
    app.register_blueprint(papers.blueprint)
    app.register_blueprint(waiting.blueprint)
    app.register_blueprint(changes.blueprint)
    app.register_blueprint(find.blueprint)
    app.register_blueprint(late.blueprint)
    app.register_blueprint(coming_back.blueprint)
    app.register_blueprint(account.blueprint)
    acting.register(app, runtime)
    evidence.register(app, runtime)
    openapi.add(app, api.blueprint)
    openapi.add(app, api_of_together.blueprint)
    openapi.add(app, api_of_merging.blueprint)
    openapi.add(app, api_of_files.blueprint)
    openapi.add(app, api_of_finding.blueprint)
    openapi.add(app, api_of_words.blueprint)
    openapi.add(app, api_of_sheets.blueprint)
    openapi.add(app, routing_api.blueprint)
    openapi.add(app, sla_api.blueprint)
    openapi.add(app, api_of_acting.blueprint)
    openapi.add(app, api_of_refund_news.blueprint)
    openapi.add(app, api_of_writing.blueprint)
    figures.register(app, runtime)
    openapi.add(app, api_of_figures.blueprint)


def _listen(runtime: Runtime) -> None:
    """What cases do when something happens elsewhere, and when something happens to a case."""
    trail_words.call(audit_words.EVENTS)
    duties.call(duty_words.DUTIES)
    hear = runtime.subscribers.react
    hear(MessageReceived, reactions.customer_wrote, owner="lead")
    hear(ReturnRequested, reactions.return_referred, owner="lead")
    hear(ReturnApproved, reactions.return_approved, owner="lead")
    hear(ReturnRejected, reactions.return_rejected, owner="lead")
    hear(ReturnReceived, reactions.return_received, owner="lead")
    hear(ReturnSettled, reactions.return_settled, owner="lead")
    hear(ReturnWithdrawn, reactions.return_withdrawn, owner="lead")
    hear(ReturnDiffered, reactions.return_differed, owner="lead")
    hear(ReturnOverdue, reactions.return_overdue, owner="lead")
    hear(ClaimRequested, reactions.claim_referred, owner="lead")
    hear(ClaimReopened, reactions.claim_reopened, owner="lead")
    hear(ClaimRemedied, reactions.claim_remedied, owner="lead")
    hear(ClaimRejected, reactions.claim_rejected, owner="lead")
    hear(ClaimWithdrawn, reactions.claim_withdrawn, owner="lead")
    hear(ShipmentDelayed, delays.late, owner="lead")
    hear(OrderPromiseChanged, delays.promised_anew, owner="lead")
    hear(OrderAtRisk, delays.in_doubt, owner="lead")
    hear(OrderLate, delays.in_doubt, owner="lead")
    hear(OrderStalled, delays.in_doubt, owner="lead")
    hear(OrderRecovered, delays.well_again, owner="lead")
    hear(ParcelDelivered, delays.arrived, owner="lead")
    hear(OrderCancelled, delays.called_off, owner="lead")
    for event in _OF_CASES:
        runtime.subscribers.react(event, answer_times.follow, owner="lead")
    for event in AboutCase.__subclasses__():  # whatever happens to a case, its row follows
        if event is not CaseDueChanged:
            hear(event, inbox.refresh)
    hear(CaseDueChanged, inbox.follow_due)
    hear(CustomerIdentityAdded, inbox.follow_people)
    hear(CustomerMerged, inbox.follow_people)
    hear(CustomerUnmerged, inbox.follow_people)
    hear(ParcelHandedOver, inbox.follow_parcel)
    mail_in.register(runtime)


def _by_the_clock(runtime: Runtime) -> None:
    every = runtime.sweeps.add
    every(Sweep("wake-snoozed-cases", 30, service.wake_snoozed, again_at=service.BATCH))
    every(Sweep("close-settled-cases", 600, reactions.close_settled, again_at=service.BATCH))
    every(Sweep("warn-of-answer-times", 5, answer_times.warn, again_at=answer_times.BATCH))
    every(Sweep("answer-times-by-the-new-book", 30, answer_times.refresh_old, again_at=1))


def _after(app: Flask, runtime: Runtime) -> None:
    """The customer's own cases, and what is asked once they and deliveries are over."""
    afterwards.register(app, runtime)
    app.register_blueprint(own_data.blueprint)
    runtime.slots.add(
        PreferencePage(
            area=Area.PORTAL,
            label=N_("Your data"),
            endpoint="portal_data.page",
            rank=90,
        ),
        Entry(
            area=Area.PORTAL,
            label=N_("My cases"),
            endpoint="portal_cases.cases",
            icon="speech",
            rank=15,
        ),
    )
    app.register_blueprint(portal_cases.blueprint)
    app.register_blueprint(asking.blueprint)
    openapi.add(app, api_of_answers.blueprint)
