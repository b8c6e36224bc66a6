"""Hangs the console into the house."""

from flask import Flask

from oms_service.console import (
    accuracy,
    audit,
    audit_words,
    calendars,
    changes,
    counter,
    customers,
    documents,
    duty_words,
    failed,
    keeping,
    look,
    messages,
    messages_again,
    orders,
    orders_export,
    orders_new,
    payments,
    pickups,
    policy_pages,
    reach,
    returns,
    roles,
    selling,
    shipments,
    sourcing,
    staff,
    stock_rooms,
    told,
    tracking,
    trade,
    webhooks,
)
from oms_service.console.warehouse_packing import PAGES as WAREHOUSE
from oms_service.infra import backlog, trail_words
from oms_service.infra import duty_words as duties
from oms_service.ports.slots import Area, Beside, Entry, Panel, PreferencePage
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Add the pages and the ways to them."""

    def failed_steps() -> int:
        with runtime.database.reading() as connection:
            return backlog.look(connection).fallout

    reach.register(app, runtime)
    trail_words.call(audit_words.EVENTS)
    duties.call(duty_words.DUTIES)
    app.register_blueprint(failed.blueprint)
    app.register_blueprint(staff.blueprint)
    app.register_blueprint(roles.blueprint)
    app.register_blueprint(keeping.blueprint)
    app.register_blueprint(audit.blueprint)
    app.register_blueprint(look.blueprint)
    app.register_blueprint(accuracy.blueprint)
    app.register_blueprint(trade.blueprint)
    app.register_blueprint(WAREHOUSE)
    stock_rooms.register(app, runtime)
    app.register_blueprint(orders.blueprint)
    app.register_blueprint(orders_new.blueprint)
    app.register_blueprint(orders_export.blueprint)
    app.register_blueprint(shipments.blueprint)
    app.register_blueprint(messages.blueprint)
    app.register_blueprint(messages_again.blueprint)
    app.register_blueprint(changes.blueprint)
    app.register_blueprint(customers.blueprint)
    app.register_blueprint(documents.blueprint)
    app.register_blueprint(payments.blueprint)
    app.register_blueprint(returns.blueprint)
    app.register_blueprint(policy_pages.blueprint)
    app.register_blueprint(pickups.blueprint)
    app.register_blueprint(counter.blueprint)
    app.register_blueprint(selling.blueprint)
    app.register_blueprint(sourcing.blueprint)
    app.register_blueprint(calendars.blueprint)
    app.register_blueprint(tracking.blueprint)
    app.register_blueprint(webhooks.blueprint)
    runtime.slots.add(
        Entry(
            area=Area.CONSOLE,
            label=N_("Orders"),
            group=N_("Sales"),
            endpoint="console_orders.several",
            permission="orders:read",
            icon="parcel",
            rank=20,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Policies"),
            group=N_("Shop settings"),
            endpoint="console_policies.several",
            permission="policies:manage",
            icon="note",
            rank=72,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Sold ahead"),
            group=N_("Shop settings"),
            endpoint="console_selling.several",
            permission="catalog:read",
            icon="clock",
            rank=73,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Overview"),
            group=N_("Team and figures"),
            endpoint="console.overview",
            permission="console:read",
            icon="chart",
            rank=42,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Sales and returns"),
            group=N_("Team and figures"),
            endpoint="console_trade.overview",
            permission="console:read",
            icon="chart",
            rank=44,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Forecast accuracy"),
            group=N_("Team and figures"),
            endpoint="console_accuracy.overview",
            permission="console:read",
            icon="chart",
            rank=48,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Failed steps"),
            group=N_("System"),
            endpoint="console.fallout",
            permission="fallout:read",
            badge=failed_steps,
            icon="alert",
            rank=80,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Labels"),
            group=N_("Dispatch"),
            endpoint="documents.handoff",
            permission="fulfilments:read",
            badge=documents.failed_labels,
            is_personal=True,
            icon="note",
            rank=32,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Parcels sent"),
            group=N_("Dispatch"),
            endpoint="console_shipments.several",
            permission="orders:read",
            icon="truck",
            rank=34,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Where orders ship from"),
            group=N_("Shop settings"),
            endpoint="console_sourcing.overview",
            permission="sourcing:read",
            icon="truck",
            rank=74,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Working days and carriers"),
            group=N_("Shop settings"),
            endpoint="console_calendars.overview",
            permission="calendars:read",
            icon="clock",
            rank=75,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Returns"),
            group=N_("Sales"),
            endpoint="console_returns.listed",
            permission="returns:read",
            badge=returns.waiting,
            icon="return",
            rank=22,
        ),
        Panel(
            beside=Beside.ORDER,
            name="returns",
            label=N_("Returns and claims"),
            render=returns.order_panel,
            permission="returns:read",
            rank=50,
        ),
        Panel(
            beside=Beside.ORDER,
            name="changes",
            label=N_("Changes"),
            render=changes.panel,
            permission="orders:read",
            rank=30,
        ),
        Panel(
            beside=Beside.ORDER,
            name="told",
            label=N_("What the customer was told"),
            render=told.order_panel,
            permission="orders:read",
            rank=25,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("What we told customers"),
            group=N_("Sales"),
            endpoint="console_messages.several",
            permission="customers:read",
            icon="speech",
            rank=26,
        ),
        Panel(
            beside=Beside.ORDER,
            name="messages",
            label=N_("What we told them"),
            render=messages.order_panel,
            permission="customers:read",
            rank=27,
        ),
        Panel(
            beside=Beside.CUSTOMER,
            name="messages",
            label=N_("What we told them"),
            render=messages.customer_panel,
            permission="customers:read",
        ),
        Panel(
            beside=Beside.ORDER,
            name="sourcing",
            label=N_("Where it ships from, and why"),
            render=sourcing.order_panel,
            permission="orders:read",
            rank=40,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Money to settle"),
            group=N_("Money in and out"),
            endpoint="console_payments.waiting",
            permission="refunds:confirm",
            badge=payments.count_waiting,
            icon="refund",
            rank=56,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Gift cards"),
            group=N_("Money in and out"),
            endpoint="console_payments.cards",
            permission="giftcards:issue",
            icon="gift",
            rank=57,
        ),
        Panel(
            beside=Beside.ORDER,
            name="payments",
            label=N_("Payments"),
            render=payments.panel,
            permission="payments:read",
            rank=40,
        ),
        Panel(
            beside=Beside.ORDER,
            name="documents",
            label=N_("Invoices and receipts"),
            render=documents.order_panel,
            permission="documents:read",
            rank=70,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Warehouse"),
            group=N_("Dispatch"),
            endpoint="warehouse.board",
            permission="fulfilments:read",
            icon="parcel",
            rank=30,
            starts_day_for="fulfilments:work",
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Shop counter"),
            group=N_("Sales"),
            endpoint="console_counter.desk",
            permission="pickups:read",
            icon="shop",
            rank=14,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Collection in the shop"),
            group=N_("Sales"),
            endpoint="console_pickups.listed",
            permission="pickups:read",
            badge=pickups.waiting,
            is_personal=True,
            icon="shop",
            rank=23,
        ),
        Panel(
            beside=Beside.ORDER,
            name="pickup",
            label=N_("Collection in the shop"),
            render=pickups.order_panel,
            permission="pickups:read",
            rank=35,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Where scans come from"),
            group=N_("Shop settings"),
            endpoint="console_tracking.overview",
            permission="tracking:manage",
            badge=tracking.unknown_words,
            icon="inbox",
            rank=76,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Audit log"),
            group=N_("System"),
            endpoint="console_audit.listed",
            permission="health:read",
            icon="note",
            rank=84,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("How long data is kept"),
            group=N_("System"),
            endpoint="console_keeping.rules",
            permission="keeping:manage",
            icon="lock",
            rank=88,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("How the shop looks"),
            group=N_("System"),
            endpoint="console_look.page",
            permission="look:manage",
            icon="home",
            rank=87,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Colleagues"),
            group=N_("System"),
            endpoint="console_staff.listed",
            permission="staff:manage",
            icon="people",
            rank=89,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Roles"),
            group=N_("System"),
            endpoint="console_roles.matrix",
            permission="staff:manage",
            icon="lock",
            rank=89,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("API keys"),
            group=N_("System"),
            endpoint="console.keys",
            permission="keys:manage",
            icon="lock",
            rank=90,
        ),
        Entry(
            area=Area.CONSOLE,
            label=N_("Webhooks"),
            group=N_("System"),
            endpoint="console_webhooks.listed",
            permission="webhooks:manage",
            icon="globe",
            rank=91,
        ),
        *(
            PreferencePage(
                area=area,
                label=N_("Your sign-ins"),
                endpoint="access.staff_sessions",
                permission="sessions:own",
            )
            for area in (Area.DESK, Area.CONSOLE)
        ),
    )
