"""Connects what is kept of talks with the house."""

from flask import Flask

from bots.talks import api, pages, reactions, service
from cases.events import CaseReplied
from oms_service.access import doors
from oms_service.access.states import ScopeKind
from oms_service.api import openapi
from oms_service.infra.keeping import Kept
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_

TURNS = Kept(
    name="chat_turns",
    label=N_("What the chat heard and did, message by message"),
    goes=N_("What was heard in a message and what was done about it, as codes, without words."),
    stays=N_("Talks, what was wished in them and how they ended, as figures need it."),
    days=400,
    least_days=7,
    due=service.old_turns,
    forget=service.forget_turns,
)


def register(app: Flask, runtime: Runtime) -> None:
    """Hang the pages in, listen to colleagues, and let old turns go."""
    app.register_blueprint(pages.blueprint)
    openapi.add(app, api.blueprint)
    doors.shut(app, "/desk/conversations", ScopeKind.QUEUE)
    runtime.subscribers.react(CaseReplied, reactions.step_in, owner="lead")
    runtime.keeping.add(TURNS)
    runtime.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("Conversations"),
            group=N_("Team and figures"),
            endpoint="talks.overview",
            permission="chats:read",
            icon="speech",
            rank=47,
        )
    )
