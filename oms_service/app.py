"""The composition root: the whole house in one file."""

from collections.abc import Mapping

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from bots import component as bots
from bots.line import privacy as of_line
from bots.mcp import privacy as of_assistants
from bots.proposing import privacy as of_proposals
from bots.slack import privacy as of_slack
from cases import component as cases
from cases import privacy as of_cases
from cases.after import privacy as of_answers
from cases.taxonomy import privacy as of_fields
from cases.together import privacy as of_tasks
from cases.writing import privacy as of_writing
from notifications import component as notifications
from notifications import privacy as of_notices
from notifications.push import privacy as of_push
from notifications.sms import component as short_messages
from notifications.sms import privacy as of_short_messages
from oms_service.access import component as access
from oms_service.access import doors, guard
from oms_service.access import privacy as of_sign_ins
from oms_service.adapters.carriers.easypost import EasyPost
from oms_service.adapters.carriers.easypost_asking import EasyPostAsking
from oms_service.adapters.carriers.easypost_trackers import AGGREGATORS
from oms_service.adapters.carriers.fetching import Fetcher
from oms_service.adapters.carriers.house import CARRIERS
from oms_service.adapters.carriers.programs import Contracts, b2_cloud, ehiden, yupuri
from oms_service.adapters.files.choose import file_store
from oms_service.adapters.mail.choose import mail_transport
from oms_service.adapters.mail.pacing import Pacing
from oms_service.adapters.mail.smtp import is_down
from oms_service.adapters.payments.choose import providers
from oms_service.adapters.sms.choose import sms_transport
from oms_service.adapters.sms.provider import Provider
from oms_service.api import component as api
from oms_service.api import reach, request_ids
from oms_service.api import scans as reported
from oms_service.console import component as console
from oms_service.console import keeping_kinds, mailbox
from oms_service.console import palette as found_at_the_console
from oms_service.conversations import attachments, channels
from oms_service.conversations import privacy as of_conversations
from oms_service.conversations import timeline as said
from oms_service.conversations.effects import Sending
from oms_service.conversations.events import AttachmentRemoved, MessageQueued
from oms_service.customers import privacy as of_records
from oms_service.customers.events import CustomerErased, CustomerMerged
from oms_service.documents import privacy as of_documents
from oms_service.documents import timeline as papers
from oms_service.documents.events import DocumentIssued, LabelRequested, LabelVoidRequested
from oms_service.infra import keeping, sweeps
from oms_service.infra.db import Database
from oms_service.infra.fallout import FalloutRetried
from oms_service.infra.limits import Limits
from oms_service.infra.live import Live, connect
from oms_service.infra.privacy import Keepers
from oms_service.infra.queues import Jobs
from oms_service.infra.sweeps import Sweep
from oms_service.inventory import reservations
from oms_service.inventory.events import StockBecameAvailable, TransferReceived
from oms_service.kernel.clock import Clock, SystemClock
from oms_service.operations.changes import changing, unpaid
from oms_service.operations.dispatch import fulfilling
from oms_service.operations.dispatch.labelling import Labelling
from oms_service.operations.dispatch.picking import count_after_short
from oms_service.operations.dispatch.shipping import mark_delivered
from oms_service.operations.money import matching, paying
from oms_service.operations.money.billing import Crediting
from oms_service.operations.outlook import assessing, measuring
from oms_service.operations.outlook import reactions as outlook
from oms_service.operations.outlook.learning import Learning
from oms_service.operations.people import People
from oms_service.operations.pickup import collecting
from oms_service.operations.placement import holding, selling
from oms_service.operations.returning import exchange_steps, receiving, remedying, scanning
from oms_service.operations.sources import sourcing_closing, sourcing_filling
from oms_service.orders import privacy as of_orders
from oms_service.orders import timeline as placed
from oms_service.orders.events import (
    OrderCancelled,
    OrderChanged,
    OrderCompleted,
    OrderHeld,
    OrderPlaced,
    OrderReleased,
)
from oms_service.payments import gift_cards
from oms_service.payments import privacy as of_payments
from oms_service.payments import timeline as money
from oms_service.payments.effects import ask_provider, pay_refund, pay_refund_again
from oms_service.payments.events import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentEnded,
    PaymentRefused,
    PaymentRequested,
    PaymentVoided,
    PaymentWaiting,
    RefundDeclined,
    RefundPaid,
    RefundRequested,
    RefundRetried,
    SendBackRequested,
)
from oms_service.payments.reactions import try_again
from oms_service.ports.labels import FILES, PROVIDERS
from oms_service.ports.registry import Adapters
from oms_service.ports.tracking import KIND as TRACKING
from oms_service.returns import privacy as of_returns
from oms_service.returns import timeline as sent_back
from oms_service.runtime import EXTENSION, Runtime, begin_reading, end_of_page, stop_reading
from oms_service.sales.events import SellingDateMoved
from oms_service.settings import Settings
from oms_service.shipping import inbound as carriers_inbound
from oms_service.shipping import privacy as of_parcels
from oms_service.shipping import timeline as parcels
from oms_service.shipping.arrivals import service as arrivals
from oms_service.shipping.arrivals.events import FitDue
from oms_service.shipping.events import ParcelDelivered, ParcelHandedOver, ParcelScanned
from oms_service.shipping.sources import waiting
from oms_service.shipping.sources.events import PollRequested
from oms_service.shipping.sources.polling import BATCH as POLLS
from oms_service.shipping.sources.polling import Polling
from oms_service.shipping.sweeps import BATCH, sweep_jeopardy
from oms_service.sourcing.events import LocationClosed, LocationOpened, OrderSourced
from oms_service.warehouse.events import BoxPacked, BoxUnpacked, PickedShort
from oms_service.web import frame, palette, recognition, uploads
from oms_service.web.application import Application
from oms_service.webhooks import service as webhooks


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    adapters: Mapping[tuple[str, str], object] | None = None,
    database: Database | None = None,
) -> Flask:
    """Build one process's app.

    Args:
        settings: as ``Settings.from_env`` reads them.
        clock: another one than the system's, for tests.
        adapters: by (kind, slug); they win over the house's own.
        database: one that is open already; else a pool of its own to what the settings name.
    """
    runtime = build_runtime(settings, clock=clock, adapters=adapters, database=database)
    app = Application("oms_service", static_folder=None)
    app.secret_key = settings.secret_key
    app.url_map.strict_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024
    app.extensions[EXTENSION] = runtime
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Werkzeug documents it
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.before_request(begin_reading)
    app.after_request(end_of_page)
    app.teardown_request(stop_reading)
    request_ids.register(app, runtime)
    uploads.register(app, runtime)
    frame.register(app, runtime)
    palette.register(app, runtime)
    api.register(app, runtime)
    _access(app, runtime)
    _conversations(runtime)
    console.register(app, runtime)
    runtime.slots.add(*found_at_the_console.SOURCES)
    _mailbox(app, runtime)
    _sweeps(runtime)
    _shipping(runtime)
    _learning(runtime)
    _order_core(runtime)
    _sourcing(runtime)
    _selling(runtime)
    _changes(runtime)
    _warehouse(runtime)
    _pickup(runtime)
    _outlook(runtime)
    _payments(runtime)
    _documents(runtime)
    _people(runtime)
    _webhooks(runtime)
    cases.register(app, runtime)
    notifications.register(app, runtime)
    short_messages.register(app, runtime)
    bots.register(app, runtime)
    return app


def build_runtime(
    settings: Settings,
    *,
    clock: Clock | None = None,
    adapters: Mapping[tuple[str, str], object] | None = None,
    database: Database | None = None,
) -> Runtime:
    """The collaborators of one process; opens no connection yet."""
    return Runtime(
        settings=settings,
        clock=clock or SystemClock(),
        database=database or Database(settings.database_url, pool_size=settings.pool_size),
        live=Live(settings.redis_url),
        jobs=Jobs(connect(settings.redis_url)),
        limits=Limits(settings.redis_url),
        adapters=Adapters(
            {
                **CARRIERS,
                **AGGREGATORS,
                **_labels(settings),
                **_providers(settings),
                **(adapters or {}),
            }
        ),
        files=file_store(files_url=settings.files_url, folder=settings.state_dir / "files"),
        keepers=_keepers(),
    )


def _providers(settings: Settings) -> Mapping[tuple[str, str], object]:
    return providers(stripe_api_key=settings.stripe_api_key, stripe_api_url=settings.stripe_api_url)


def _keepers() -> Keepers:
    """Who keeps something about people, in the order in which rows are locked."""
    keepers = Keepers()
    keepers.add("customers", of_records)
    keepers.add("sign_ins", of_sign_ins)
    keepers.add("assistants", of_assistants)
    # While the keys of conversations are known: theirs are erased with them.
    keepers.add("slack", of_slack)
    keepers.add("conversations", of_conversations)
    keepers.add("proposals", of_proposals)
    keepers.add("line", of_line)
    keepers.add("orders", of_orders)
    keepers.add("returns", of_returns, inside=("returns.decision_note", "claims.decision_note"))
    keepers.add("payments", of_payments, inside=("methods.token",))
    keepers.add("parcels", of_parcels)
    keepers.add("documents", of_documents)
    keepers.add("cases", of_cases, inside=("record", "cases.failed_rule", "cases.snapshot"))
    keepers.add("case_fields", of_fields, inside=("fields",))
    keepers.add("answers", of_answers)
    keepers.add("writing", of_writing, inside=("pending_replies", "drafts"))
    keepers.add("tasks", of_tasks, inside=("tasks",))
    keepers.add("notices", of_notices)
    keepers.add("push", of_push)
    keepers.add("short_messages", of_short_messages)
    return keepers


def _access(app: Flask, runtime: Runtime) -> None:
    guard.register(app)
    reach.register(app)
    doors.register(app)
    access.register(app, runtime)
    recognition.register(app, runtime)


def _sweeps(runtime: Runtime) -> None:
    runtime.sweeps.add(Sweep("forget-old-keys", 3600, sweeps.forget_old_keys))
    runtime.keeping.add(*keeping_kinds.KINDS)
    runtime.sweeps.add(
        Sweep("forget-what-is-old", 3600, runtime.keeping.forget, again_at=keeping.BATCH)
    )
    runtime.sweeps.add(reservations.SWEEP)
    runtime.sweeps.add(Sweep("take-inbound", 5, runtime.intake.take_waiting, again_at=50))


def _conversations(runtime: Runtime) -> None:
    settings = runtime.settings
    by_mail = mail_transport(
        smtp_url=settings.smtp_url,
        folder=settings.state_dir / "mail",
        addresses=runtime.mail_addresses,
        head_of=runtime.look.head,
        now=runtime.clock.now,
        pace=Pacing(runtime.limits, settings.mail_per_minute).wait,
    )
    _sms(runtime)
    runtime.transports.add(channels.MAIL, by_mail, is_down=is_down)
    sending = Sending(runtime.transports, runtime.files, runtime.breaker)
    runtime.subscribers.effect(MessageQueued, sending.send_message)
    removing = attachments.Removing(runtime.files)
    runtime.subscribers.effect(AttachmentRemoved, removing.delete_content)
    unsent = Sweep("forget-unsent-files", 600, attachments.sweep_unsent, again_at=attachments.BATCH)
    runtime.sweeps.add(unsent)
    runtime.timeline.add("conversations", said.messages)


def _sms(runtime: Runtime) -> None:
    settings = runtime.settings
    provider = Provider(
        url=settings.sms_url,
        token=settings.sms_token,
        sender=settings.sms_from,
        body=settings.sms_body,
        id_path=settings.sms_id_path,
    )
    by_sms = sms_transport(
        provider if settings.sms_url else None, box=settings.sms_box, now=runtime.clock.now
    )
    runtime.transports.add(channels.SMS, by_sms)


def _mailbox(app: Flask, runtime: Runtime) -> None:
    if runtime.settings.demo and not runtime.settings.smtp_url:
        app.register_blueprint(mailbox.blueprint)


def _shipping(runtime: Runtime) -> None:
    zone = runtime.settings.zone
    scans = carriers_inbound.Scans(
        runtime.adapters,
        zone,
        scanning.record,
        kinds={reported.BY_PROGRAM: reported.read_again},
        awaited=scanning.awaited,
    )
    for kind in (carriers_inbound.SOURCE, carriers_inbound.BY_MAPPING, reported.BY_PROGRAM):
        runtime.intake.add(kind, scans.read, owner="operations", together=scans.read_together)
    runtime.subscribers.react(ParcelHandedOver, scans.pick_up)
    runtime.sweeps.add(
        Sweep("scans-that-waited", 30, scans.pick_up_waiting, again_at=carriers_inbound.BATCH)
    )
    runtime.sweeps.add(Sweep("waiting-numbers-emptied", 3600, waiting.forget_emptied))
    polling = Polling(
        runtime.adapters,
        runtime.intake,
        Fetcher(private=runtime.settings.webhooks_private),
        runtime.settings.scan_source_keys,
    )
    runtime.subscribers.react(ParcelHandedOver, polling.begin)
    runtime.subscribers.effect(PollRequested, polling.ask)
    runtime.sweeps.add(Sweep("ask-carriers", 60, polling.ask_due, again_at=POLLS))
    runtime.timeline.add("shipping", parcels.entries)
    runtime.sweeps.add(Sweep("parcels-in-jeopardy", 60, sweep_jeopardy(zone), again_at=BATCH))


def _learning(runtime: Runtime) -> None:
    zone = runtime.settings.zone
    learning = Learning(zone, runtime.clock, runtime.database)
    runtime.subscribers.effect(FitDue, learning.fit)
    runtime.sweeps.add(Sweep("learn-how-long-it-takes", 600, arrivals.ask_nightly(zone)))


def _order_core(runtime: Runtime) -> None:
    runtime.timeline.add("orders", placed.entries)
    runtime.timeline.add("payments", money.entries)
    runtime.timeline.add("returns", sent_back.entries)
    runtime.subscribers.react(ParcelDelivered, mark_delivered)
    runtime.subscribers.react(RefundPaid, receiving.count_refunded)
    runtime.subscribers.react(RefundDeclined, remedying.after_decline)
    runtime.sweeps.add(
        Sweep("overdue-returns", 600, receiving.notice_overdue, again_at=receiving.BATCH)
    )
    runtime.subscribers.effect(RefundRequested, pay_refund)


def _sourcing(runtime: Runtime) -> None:
    hear = runtime.subscribers
    hear.react(StockBecameAvailable, sourcing_filling.fill_waiting)
    hear.react(OrderReleased, sourcing_filling.fill_released)
    hear.react(LocationOpened, sourcing_filling.fill_opened)
    hear.react(LocationClosed, sourcing_closing.begin_clearing)
    runtime.sweeps.add(
        Sweep(
            "clear-closed-locations",
            30,
            sourcing_closing.clear_closed,
            again_at=sourcing_closing.BATCH,
        )
    )


def _selling(runtime: Runtime) -> None:
    runtime.subscribers.react(SellingDateMoved, selling.tell_orders)
    runtime.subscribers.react(OrderSourced, holding.after_sourcing)
    runtime.subscribers.react(PaymentAuthorized, holding.after_money)
    runtime.subscribers.react(PaymentCaptured, holding.after_money)
    runtime.subscribers.react(PaymentWaiting, holding.after_asking)
    runtime.subscribers.react(PaymentRefused, holding.after_asking)
    runtime.subscribers.react(PaymentEnded, holding.after_asking)


def _changes(runtime: Runtime) -> None:
    runtime.subscribers.react(PaymentCaptured, changing.finish_moving_money)
    runtime.subscribers.react(PaymentAuthorized, exchange_steps.give_back_late)
    runtime.subscribers.react(PaymentCaptured, exchange_steps.give_back_late)
    runtime.sweeps.add(
        Sweep("end-proposed-changes", 300, changing.expire_overdue, again_at=changing.BATCH)
    )


def _warehouse(runtime: Runtime) -> None:
    runtime.subscribers.react(OrderSourced, fulfilling.follow_sourcing)
    runtime.subscribers.react(OrderChanged, fulfilling.follow_change)
    runtime.subscribers.react(OrderHeld, fulfilling.follow_hold)
    runtime.subscribers.react(OrderReleased, fulfilling.follow_release)
    runtime.subscribers.react(OrderCancelled, fulfilling.follow_cancellation)
    runtime.subscribers.react(PickedShort, count_after_short)
    runtime.sweeps.add(
        Sweep("open-fulfilments", 60, fulfilling.open_due, again_at=fulfilling.BATCH)
    )


def _pickup(runtime: Runtime) -> None:
    runtime.subscribers.react(OrderCancelled, collecting.follow_cancellation)
    runtime.subscribers.react(TransferReceived, collecting.take_arrived)
    runtime.sweeps.add(Sweep("pickups-not-collected", 60, collecting.end_overdue, again_at=1))
    runtime.sweeps.add(
        Sweep("pickups-to-remind", 300, collecting.remind, again_at=collecting.BATCH)
    )


def _outlook(runtime: Runtime) -> None:
    for fact in outlook.HEARD:
        runtime.subscribers.react(fact, outlook.believe_anew)
    runtime.subscribers.react(ParcelDelivered, measuring.settle_parcel)
    runtime.subscribers.react(OrderCompleted, measuring.settle_order)
    runtime.sweeps.add(Sweep("orders-in-jeopardy", 60, assessing.sweep, again_at=assessing.BATCH))


def _payments(runtime: Runtime) -> None:
    hear = runtime.subscribers
    hear.effect(PaymentRequested, ask_provider, owner="lead")
    hear.effect(RefundRetried, pay_refund_again, owner="lead")
    hear.effect(SendBackRequested, matching.send_back, owner="lead")
    hear.react(FalloutRetried, try_again)
    hear.react(OrderPlaced, paying.after_placement)
    hear.react(OrderPlaced, matching.after_placement)
    hear.react(OrderCancelled, paying.after_cancelling)
    hear.react(OrderCompleted, paying.after_completion)
    hear.react(ParcelHandedOver, paying.after_hand_over)
    hear.react(ParcelScanned, paying.after_scan)
    hear.react(PaymentAuthorized, paying.after_authorized)
    hear.react(PaymentCaptured, paying.after_money)
    hear.react(PaymentVoided, paying.after_money)
    hear.react(PaymentWaiting, paying.after_waiting)
    hear.react(PaymentEnded, unpaid.after_end)
    runtime.intake.add(matching.SOURCE, matching.reader(runtime.adapters), owner="lead")
    runtime.sweeps.add(Sweep("ended-balances", 300, gift_cards.expire, again_at=gift_cards.BATCH))
    runtime.sweeps.add(Sweep("unpaid-slips", 60, paying.end_overdue, again_at=paying.BATCH))


def _documents(runtime: Runtime) -> None:
    runtime.timeline.add("documents", papers.entries)
    crediting = Crediting(runtime.settings.issuer)
    runtime.subscribers.effect(RefundPaid, crediting.credit_refund)
    runtime.subscribers.effect(DocumentIssued, crediting.credit_older)
    labelling = Labelling(runtime.adapters, runtime.settings.issuer)
    runtime.subscribers.react(BoxPacked, labelling.ask, owner="warehouse")
    runtime.subscribers.react(BoxUnpacked, labelling.call_off, owner="warehouse")
    runtime.subscribers.react(FalloutRetried, labelling.try_again, owner="warehouse")
    runtime.subscribers.effect(LabelRequested, labelling.buy, owner="warehouse")
    runtime.subscribers.effect(LabelVoidRequested, labelling.void, owner="warehouse")


def _labels(settings: Settings) -> Mapping[tuple[str, str], object]:
    """Where tracking numbers come from: carriers' own programs, and whoever sells labels."""
    contracts = Contracts(
        yamato_customer=settings.yamato_customer_code,
        yamato_rate=settings.yamato_rate_number,
        sagawa_customer=settings.sagawa_customer_code,
    )
    formats = (b2_cloud(contracts), ehiden(contracts), yupuri())
    found: dict[tuple[str, str], object] = {(FILES, one.slug): one for one in formats}
    if settings.easypost_api_key:
        provider = EasyPost(settings.easypost_api_key, settings.easypost_url)
        asking = EasyPostAsking(settings.easypost_api_key, settings.easypost_url)
        for carrier in settings.easypost_carriers:
            found |= {(PROVIDERS, carrier): provider, (TRACKING, carrier): asking}
    return found


def _people(runtime: Runtime) -> None:
    people = People(runtime.keepers)
    runtime.subscribers.react(CustomerErased, people.finish_erasing)
    runtime.subscribers.react(CustomerMerged, people.finish_merging)


def _webhooks(runtime: Runtime) -> None:
    runtime.subscribers.hear_all(webhooks.note_events)
    runtime.subscribers.react(FalloutRetried, webhooks.switch_on_again)
