"""Connects LINE with the house: its call, its worker, its way out, its page. Off unless set up."""

from flask import Flask

from bots.line import pages, service, webhook
from bots.line.client import Api
from bots.line.events import LineHeard
from bots.line.handling import Handling
from bots.line.linking import LinkPages
from bots.line.transport import LineTransport
from oms_service.conversations.channels import LINE
from oms_service.conversations.effects import Sending
from oms_service.infra.sweeps import Sweep
from oms_service.ports.slots import Area, PreferencePage
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang LINE in. Where it is off, its addresses are unknown and nothing is sent."""
    settings = runtime.settings
    api = Api.of(settings)
    links = LinkPages(settings.secret_key, settings.public_url, runtime.clock)
    transport = LineTransport(
        api=api,
        database=runtime.database,
        open_uow=runtime.unit_of_work,
        clock=runtime.clock,
        zone=settings.zone,
        files_url=f"{settings.public_url}/cases",
        is_on=settings.has_line,
    )
    sending = Sending(runtime.transports, runtime.files, runtime.breaker)
    handling = Handling(runtime, api, sending, links)
    app.register_blueprint(webhook.blueprint)
    app.register_blueprint(pages.blueprint(runtime, api, links))
    runtime.transports.add(LINE, transport)
    runtime.subscribers.effect(LineHeard, handling.take_up)
    runtime.sweeps.add(Sweep("forget-line-events", 3600, service.forget_old))
    if settings.has_line:
        runtime.sweeps.add(Sweep("line-messages-that-wait", 3600, service.wake_waiting))
        runtime.slots.add(
            PreferencePage(
                area=Area.PORTAL,
                label=N_("LINE"),
                endpoint="line_account.page",
                rank=30,
            )
        )
