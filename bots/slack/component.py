"""Connects Slack with the house: its call, its cards, its couriers. Off unless set up."""

from flask import Flask

from bots.slack import archiving, door, lanes, leaving, once, reactions
from bots.slack.customers import keeping
from bots.slack.customers import transport as customers
from bots.slack.events import (
    CustomerTold,
    SlackActed,
    SlackChannelChosen,
    SlackChannelLeft,
    SlackInstalled,
    SlackLinked,
    SlackRevoked,
    SlackUnlinked,
)
from bots.slack.install import pages
from bots.slack.preview import component as preview
from oms_service.access import doors
from oms_service.infra import trail_words
from oms_service.infra.sweeps import Sweep
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import Runtime
from oms_service.web.texts import N_


def register(app: Flask, runtime: Runtime) -> None:
    """Hang Slack in. Where it is off, its address is unknown and nothing is sent."""
    trail_words.call(
        {
            SlackActed.name: N_("Done in Slack"),
            SlackInstalled.name: N_("Slack connected"),
            SlackRevoked.name: N_("Slack disconnected"),
            SlackLinked.name: N_("Colleague linked with Slack"),
            SlackUnlinked.name: N_("Colleague unlinked from Slack"),
            SlackChannelChosen.name: N_("Slack channel of a queue chosen"),
            SlackChannelLeft.name: N_("Slack channel of a case put away"),
            CustomerTold.name: N_("Message came by Slack"),
        }
    )
    app.register_blueprint(pages.console)
    app.register_blueprint(pages.desk)
    doors.of_all(app, "/console/slack/", because="which channels and people the whole shop has")
    doors.of_all(app, "/desk/slack/link/", because="each colleague's own")
    runtime.slots.add(
        Entry(
            area=Area.CONSOLE,
            label=N_("Slack"),
            group=N_("System"),
            endpoint="slack_console.overview",
            permission="slack:manage",
            icon="speech",
            rank=92,
        )
    )
    runtime.sweeps.add(Sweep("forget-heard-of-slack", 3600, once.forget_old, again_at=once.BATCH))
    runtime.sweeps.add(
        Sweep("forget-said-in-slack", 3600, customers.forget_old, again_at=customers.BATCH)
    )
    runtime.sweeps.add(
        Sweep("forget-customers-of-slack", 3600, keeping.forget_old, again_at=keeping.BATCH)
    )
    runtime.sweeps.add(
        Sweep("forget-told-in-slack", 3600, leaving.forget_old, again_at=leaving.BATCH)
    )
    customers.add(runtime.transports, runtime)
    if not runtime.settings.has_slack:
        app.register_blueprint(door.blueprint(None))
        return
    from bots.slack import app as slack  # noqa: PLC0415 - no Slack, no framework
    from bots.slack.asking import command, links, opening  # noqa: PLC0415 - as above
    from bots.slack.customers import handling  # noqa: PLC0415 - as above
    from bots.slack.customers import hearing as talking  # noqa: PLC0415 - as above
    from bots.slack.home import listeners as home  # noqa: PLC0415 - as above
    from bots.slack.home import publishing  # noqa: PLC0415 - as above
    from bots.slack.syncing import comings, hearing  # noqa: PLC0415 - as above
    from bots.slack.working import listeners as working  # noqa: PLC0415 - as above

    bolt = slack.build(
        runtime,
        (
            working.attach,
            home.attach,
            command.attach,
            opening.attach,
            links.attach,
            hearing.attach,
            comings.attach,
            talking.attach,
        ),
    )
    app.register_blueprint(door.blueprint(slack.hang_in(app, runtime, bolt)))
    reactions.subscribe(runtime.subscribers)
    publishing.subscribe(runtime.subscribers)
    runtime.subscribers.effect(CustomerTold, handling.Handling(runtime).take_up)
    runtime.subscribers.effect(SlackChannelLeft, archiving.Archiving(runtime).put_away)
    runtime.sweeps.add(Sweep("try-slack-again", 600, lanes.try_again))
    preview.register(app, runtime)
