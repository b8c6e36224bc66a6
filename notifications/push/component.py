"""Connects web push with the house: its pages, its rings, what it adds and what it forgets."""

from functools import cache

from flask import Flask

from notifications.push import course, keeping, pages
from notifications.push.events import RingDue
from notifications.push.ringing import Ringing
from notifications.push.subscribing import follow_sign_in
from oms_service.access.events import CustomerSignInEnded
from oms_service.infra import trail_words
from oms_service.runtime import Runtime
from oms_service.web import frame
from oms_service.web.texts import N_
from oms_service.webhooks.sending import Sender


def register(app: Flask, runtime: Runtime) -> None:
    """Hang web push into the house."""
    trail_words.call({RingDue.name: N_("Browser to be rung")})
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(pages.worker(frame.of(app).assets))
    runtime.slots.add(course.PANEL)
    runtime.keeping.add(keeping.KIND)
    settings = runtime.settings
    sender = cache(lambda: Sender(private=settings.webhooks_private))
    runtime.subscribers.effect(RingDue, Ringing(settings, sender).ring, owner="lead")
    runtime.subscribers.react(CustomerSignInEnded, follow_sign_in, owner="lead")
