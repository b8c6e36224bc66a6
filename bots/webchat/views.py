"""Every route of the chat, as blueprints."""

from flask import Blueprint

from bots.webchat import files, pages, stream, wire
from bots.webchat.chat import Chat
from bots.webchat.passes import Passes
from bots.webchat.tokens import Tickets
from oms_service.runtime import Runtime
from oms_service.web.frame import Frame


def blueprints(runtime: Runtime, frame: Frame) -> tuple[Blueprint, Blueprint]:
    """The pages, and the routes that their script talks to."""
    secret_key, clock = runtime.settings.secret_key, runtime.clock
    chat = Chat(runtime, frame, Tickets(secret_key, clock), Passes(secret_key, clock))
    of_people = Blueprint("webchat", __name__, template_folder="templates")
    pages.add(of_people, chat, frame.assets)
    of_script = Blueprint("webchat_wire", __name__)
    wire.add(of_script, chat)
    files.add(of_script, chat)
    stream.add(of_script, chat)
    return of_people, of_script
