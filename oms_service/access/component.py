"""Entrances, sign-ins and security, hung into the house."""

from flask import Flask

from oms_service.access import (
    doors,
    invitation_pages,
    outside_pages,
    pages,
    required,
    second_step_pages,
    security_pages,
)
from oms_service.access.marks import N_
from oms_service.access.sweeps import forget_half_ways, forget_old_codes
from oms_service.infra.sweeps import Sweep
from oms_service.ports.slots import Area, PreferencePage
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """Register after the guard and the doors: they say first whether somebody may come at all."""
    required.check(runtime.settings)
    for one in (pages, invitation_pages, second_step_pages, outside_pages, security_pages):
        app.register_blueprint(one.blueprint)
    doors.of_all(app, "/staff/colleagues/", because="how colleagues sign in is of the whole shop")
    runtime.sweeps.add(Sweep("forget-old-codes", 3600, forget_old_codes))
    runtime.sweeps.add(Sweep("forget-half-ways", 600, forget_half_ways))
    runtime.slots.add(
        PreferencePage(
            area=Area.PORTAL,
            label=N_("Your sign-ins"),
            endpoint="access.customer_sessions",
            rank=80,
        )
    )
