"""Tells the frame who looks: whom access has recognised, and what they prefer."""

from flask import Flask, url_for

from oms_service.access import guard, staff
from oms_service.customers import queries as customers
from oms_service.kernel import actors
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.web import frame
from oms_service.web.errors import is_of_staff
from oms_service.web.viewer import NOBODY, Viewer


def register(app: Flask, runtime: Runtime) -> None:
    """Connect the frame of ``app`` with access; call it after both are registered."""
    here = frame.of(app)
    here.recognise_with(lambda: _who(runtime))
    here.csrf.bind(guard.session_mark)
    here.languages.remember_with(lambda language: _remember(runtime, language))


def _who(runtime: Runtime) -> Viewer:
    if _is_staff_side():
        return _colleague()
    found = guard.customer_or_none()
    if found is None:
        return NOBODY
    with runtime.database.reading() as connection:
        customer = customers.find(connection, found.subject_id)
    if customer is None:
        return NOBODY
    return Viewer(
        name=customer.name,
        language=customer.language,
        may=lambda permission: permission == guard.CUSTOMERS,
        sign_out_url=url_for("access.customer_sign_out"),
    )


def _colleague() -> Viewer:
    found = guard.staff_or_none()
    if found is None:
        return NOBODY
    return Viewer(
        name=found.name,
        ref=actors.staff(found.id).ref,
        language=found.language,
        may=found.may,
        account_url=url_for("access.staff_sessions"),
        sign_out_url=url_for("access.staff_sign_out"),
    )


def _is_staff_side() -> bool:
    rule = guard.current_rule()
    if rule is not None and rule.who is guard.Who.STAFF:
        return True
    # On every other page a colleague is a visitor like any other.
    return is_of_staff()


def _remember(runtime: Runtime, language: Language) -> None:
    found = guard.staff_or_none()
    if found is not None:
        with runtime.unit_of_work(actors.staff(found.id)) as uow:
            staff.prefer(uow, found.id, language)
