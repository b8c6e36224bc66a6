"""What the variables of macros say in one case, in the words of its customer."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from cases.views import CaseView
from oms_service.customers import queries as customers
from oms_service.history import tracking
from oms_service.history.tracking import Proof, Tracking
from oms_service.kernel.languages import say
from oms_service.orders import queries as orders
from oms_service.returns import queries as returns
from oms_service.runtime import Runtime
from oms_service.web import formats

#: The variable that names somebody.
CUSTOMER: Final = "customer_name"


def of_case(
    runtime: Runtime, session: Session, case: CaseView, *, agent_name: str
) -> Mapping[str, str]:
    """The value of each variable of ``writing.filling``; what is not known is left out."""
    found = {
        "agent_name": agent_name,
        "shop_name": runtime.look.name(case.language),
        "case_number": case.number,
        **_customer(session, case),
        **_order(runtime, session, case),
        **_return(session, case),
    }
    return {name: value for name, value in found.items() if value}


def _customer(session: Session, case: CaseView) -> dict[str, str]:
    person = customers.find(session, case.customer_id) if case.customer_id else None
    if person is None:
        return {}
    said = formats.name(person.family_name, person.given_name, case.language)
    return {CUSTOMER: said if person.family_name or person.given_name else ""}


def _order(runtime: Runtime, session: Session, case: CaseView) -> dict[str, str]:
    if case.order_id is None:
        return {}
    order = orders.by_id(session, case.order_id)
    lines = orders.lines(session, order.id)
    proof = Proof.of_customer(order.customer_id)
    track = tracking.track(session, runtime.adapters, order.number, proof, now=runtime.clock.now())
    first = say(lines[0].name, case.language) if lines else ""
    return {
        "order_number": order.number,
        "items": formats.items(first, len(lines) - 1, case.language) if first else "",
        **_parcel(runtime, case, track),
    }


def _parcel(runtime: Runtime, case: CaseView, track: Tracking) -> dict[str, str]:
    found = {}
    if track.window is not None and track.is_under_way:
        found["eta"] = formats.window(
            track.window.start,
            track.window.until,
            now=runtime.clock.now(),
            zone=runtime.settings.zone,
            language=case.language,
        )
    if len(track.parcels) == 1:  # of several one cannot say which is meant
        (parcel,) = track.parcels
        found["carrier"] = say(parcel.carrier_name, case.language)
        found["tracking_number"] = formats.tracking_number(parcel.tracking_number)
    return found


def _return(session: Session, case: CaseView) -> dict[str, str]:
    if case.return_id is None:
        return {}
    asked = returns.by_id(session, case.return_id)
    return {
        "return_number": asked.number,
        "refund_amount": formats.money(asked.refund, case.language) if asked.refund.minor else "",
    }
