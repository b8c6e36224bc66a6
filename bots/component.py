"""All of the bots in one place: their pages, and where they hang into the house."""

from flask import Flask

from bots import duty_words
from bots.answers import component as answers
from bots.learning import component as learning
from bots.line import component as line
from bots.line.events import LineHeard
from bots.mcp import component as assistants
from bots.proposing import service as proposals
from bots.slack import component as slack
from bots.talks import component as talks
from bots.webchat import beside, views
from oms_service.infra import duty_words as duties
from oms_service.infra import trail_words
from oms_service.infra.sweeps import Sweep
from oms_service.infra.uow import UnitOfWork
from oms_service.runtime import Runtime
from oms_service.web import frame
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Add the chat to ``app``, and the ways into it to the pages of customers."""
    trail_words.call({LineHeard.name: N_("Message came by LINE")})
    duties.call(duty_words.DUTIES)
    runtime.slots.add(*beside.PANELS)
    old_words = Sweep(
        "forget-old-proposals", 3600, proposals.forget_old_words, again_at=proposals.BATCH
    )
    runtime.sweeps.add(old_words)
    answers.register(app, runtime)
    learning.register(app, runtime)
    line.register(app, runtime)
    assistants.register(app, runtime)
    slack.register(app, runtime)
    talks.register(app, runtime)
    runtime.sweeps.add(Sweep("forget-old-model-calls", 3600, _forget_model_calls, again_at=2_000))
    if runtime.settings.model_url:
        from bots.modelling import component as modelling  # noqa: PLC0415 - no model, no trace

        modelling.register(app, runtime)
    for blueprint in views.blueprints(runtime, frame.of(app)):
        app.register_blueprint(blueprint)


def _forget_model_calls(uow: UnitOfWork) -> int:
    """The sweep: calls of a model go, also where there is none any more."""
    from bots.modelling.budget import forget_old  # noqa: PLC0415 - loads when it is due

    return forget_old(uow)
