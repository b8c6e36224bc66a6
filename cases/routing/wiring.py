"""Hangs routing into the house: what it reacts to, what it does by the clock, where it stands."""

from datetime import timedelta
from typing import Final

from flask import Flask

from cases.events import (
    CaseEdited,
    CaseMerged,
    CaseOpened,
    CaseReleased,
    CaseReopened,
    CaseResolved,
    CaseUnmerged,
)
from cases.routing import agents, beside, pages, reactions, setting_pages, signs
from cases.routing.events import AgentChanged, CaseRouted
from cases.sla import service as answer_times
from cases.sla.events import CaseEscalated
from oms_service.access.events import StaffDeactivated
from oms_service.infra.sweeps import Sweep
from oms_service.infra.uow import UnitOfWork
from oms_service.runtime import Runtime

_OWNER: Final = "lead"


def register(app: Flask, runtime: Runtime) -> None:
    """Hang routing into the house."""
    hear = runtime.subscribers.react
    hear(CaseOpened, reactions.on_opened, owner=_OWNER)
    hear(CaseReleased, reactions.on_released, owner=_OWNER)
    hear(CaseReopened, reactions.on_reopened, owner=_OWNER)
    hear(CaseUnmerged, reactions.on_reopened, owner=_OWNER)
    hear(CaseEdited, reactions.on_edited, owner=_OWNER)
    hear(CaseResolved, reactions.on_room, owner=_OWNER)
    hear(CaseMerged, reactions.on_room, owner=_OWNER)
    hear(AgentChanged, reactions.on_agent_changed, owner=_OWNER)
    hear(StaffDeactivated, reactions.on_deactivated, owner=_OWNER)
    hear(CaseEscalated, reactions.on_escalated, owner=_OWNER)
    hear(CaseRouted, answer_times.follow, owner=_OWNER)
    idle = timedelta(minutes=runtime.settings.presence_minutes)

    def who_is_there(uow: UnitOfWork) -> int:
        return agents.by_the_clock(uow, idle)

    every = runtime.sweeps.add
    every(Sweep("assign-waiting-cases", 5, reactions.sweep, again_at=1))
    every(Sweep("notice-who-is-there", 10, who_is_there, again_at=agents.BATCH))
    every(Sweep("mend-load-of-agents", 60, agents.mend, again_at=agents.BATCH))
    runtime.slots.add(*pages.ENTRIES, *setting_pages.ENTRIES, *beside.PANELS)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(setting_pages.blueprint)
    signs.register(app, runtime)
