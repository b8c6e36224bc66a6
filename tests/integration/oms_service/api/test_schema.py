"""The API keeps what its description promises: schemathesis over every operation."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from oms_service.settings import Settings
from tests.apps import an_app
from tests.factories.orders import MadeOrder
from tests.fakes.clock import StandingClock

#: So that the processes of a run can share the work.
PARTS = 6
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


@pytest.fixture
def app(settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    generous = dataclasses.replace(settings, api_rate="1000000/minute")
    with an_app(generous, clock=clock) as made:
        yield made


def operations(app: Flask) -> list[schemathesis.APIOperation[Any, Any, Any, Any]]:
    """All that the description offers."""
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", app)
    found = list(schema.get_all_operations())
    sound = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(sound) == len(found)
    return sound


@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_answers_as_described(
    app: Flask, key: str, order: MadeOrder, part: int
) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    for operation in operations(app)[part::PARTS]:
        for mode in schemathesis.GenerationMode:

            @how(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def answers(case: schemathesis.Case[Any]) -> None:
                case.call_and_validate(headers=headers, checks=CHECKS)

            answers()


def test_every_operation_is_described(app: Flask) -> None:
    seen = {operation.label for operation in operations(app)}
    assert seen == {
        "GET /v1/cases/{number}/macros/{code}",
        "GET /v1/cases/{number}/reminder",
        "GET /v1/cases/{number}/replies/{position}",
        "GET /v1/cases/{number}/suggestions",
        "GET /v1/macros",
        "GET /v1/macros/{code}",
        "POST /v1/cases/{number}/assign",
        "POST /v1/cases/{number}/notes",
        "POST /v1/cases/{number}/release",
        "POST /v1/cases/{number}/reminder",
        "POST /v1/cases/{number}/reminder/off",
        "POST /v1/cases/{number}/replies",
        "POST /v1/cases/{number}/replies/{position}/undo",
        "POST /v1/cases/{number}/reopen",
        "POST /v1/cases/{number}/resolve",
        "POST /v1/cases/{number}/resume",
        "POST /v1/cases/{number}/snooze",
        "POST /v1/cases/{number}/wait",
        "POST /v1/macros",
        "PUT /v1/macros/{code}",
        "GET /v1/agents",
        "GET /v1/agents/{agent}",
        "PUT /v1/agents/{agent}",
        "PUT /v1/agents/{agent}/presence",
        "POST /v1/agents/{agent}/next-case",
        "GET /v1/queues",
        "POST /v1/queues",
        "GET /v1/queues/{code}",
        "PUT /v1/queues/{code}",
        "GET /v1/routing-rules",
        "POST /v1/routing-rules",
        "GET /v1/routing-rules/{rule}",
        "PUT /v1/routing-rules/{rule}",
        "POST /v1/routing-rules/{rule}/moves",
        "GET /v1/routing-trial",
        "GET /v1/skills",
        "POST /v1/skills",
        "PUT /v1/skills/{code}",
        "GET /v1/channel-weights",
        "PUT /v1/channel-weights",
        "GET /v1/cases/{number}/routing",
        "GET /v1/cases/{number}/clocks",
        "GET /v1/answer-times/policies",
        "POST /v1/answer-times/policies",
        "GET /v1/answer-times/policies/{code}",
        "PUT /v1/answer-times/policies/{code}",
        "GET /v1/answer-times/hours",
        "POST /v1/answer-times/hours",
        "GET /v1/answer-times/hours/{code}",
        "PUT /v1/answer-times/hours/{code}",
        "GET /v1/cases/{number}/offers",
        "POST /v1/cases/{number}/actions/preview",
        "POST /v1/cases/{number}/actions",
        "GET /v1/cases/{number}/actions",
        "GET /v1/cases/{number}/actions/{position}",
        "POST /v1/cases/{number}/actions/{position}/undo",
        "GET /v1/bins",
        "POST /v1/bins",
        "GET /v1/calendars/areas",
        "GET /v1/calendars/areas/{code}",
        "PUT /v1/calendars/areas/{code}",
        "GET /v1/calendars/carriers",
        "GET /v1/calendars/carriers/{carrier}",
        "PUT /v1/calendars/carriers/{carrier}",
        "GET /v1/calendars/hand-over",
        "GET /v1/calendars/holidays",
        "PUT /v1/calendars/holidays/{country}/{day}",
        "DELETE /v1/calendars/holidays/{country}/{day}",
        "GET /v1/calendars/locations",
        "GET /v1/calendars/locations/{code}",
        "PUT /v1/calendars/locations/{code}",
        "GET /v1/cases",
        "GET /v1/cases/{number}",
        "GET /v1/cases/{number}/sheet",
        "POST /v1/cases/{number}/sort",
        "POST /v1/cases/{number}/tags",
        "DELETE /v1/cases/{number}/tags/{tag}",
        "POST /v1/cases/{number}/fields",
        "POST /v1/cases/{number}/orders",
        "DELETE /v1/cases/{number}/orders/{order}",
        "POST /v1/cases/{number}/lines",
        "GET /v1/case-reasons",
        "POST /v1/case-reasons",
        "GET /v1/case-reasons/{code}",
        "PUT /v1/case-reasons/{code}",
        "GET /v1/case-statuses",
        "POST /v1/case-statuses",
        "GET /v1/case-statuses/{code}",
        "PUT /v1/case-statuses/{code}",
        "DELETE /v1/case-statuses/{code}",
        "GET /v1/case-tags",
        "PUT /v1/case-tags/{tag}",
        "DELETE /v1/case-tags/{tag}",
        "POST /v1/case-tags/{tag}/merge",
        "GET /v1/case-fields",
        "POST /v1/case-fields",
        "GET /v1/case-fields/{code}",
        "PUT /v1/case-fields/{code}",
        "GET /v1/cases/{number}/satisfaction",
        "POST /v1/cases/{number}/satisfaction",
        "POST /v1/cases/{number}/acceptance",
        "GET /v1/satisfaction",
        "GET /v1/feedback",
        "GET /v1/orders/{number}/feedback",
        "POST /v1/orders/{number}/feedback",
        "GET /v1/feedback-rules",
        "PUT /v1/feedback-rules",
        "GET /v1/fulfilments",
        "GET /v1/fulfilments/{number}",
        "POST /v1/fulfilments/{number}/pick",
        "POST /v1/fulfilments/{number}/short",
        "POST /v1/fulfilments/{number}/pack",
        "POST /v1/fulfilments/{number}/hand-over",
        "POST /v1/boxes/{number}/label",
        "POST /v1/boxes/{number}/unpack",
        "GET /v1/orders/{number}",
        "GET /v1/orders/{number}/timeline",
        "GET /v1/orders/{number}/outlook",
        "GET /v1/orders/{number}/promises",
        "GET /v1/outlooks",
        "GET /v1/orders",
        "GET /v1/variants",
        "POST /v1/customers",
        "POST /v1/customers/address",
        "POST /v1/orders",
        "POST /v1/orders/bulk",
        "POST /v1/orders/quote",
        "POST /v1/orders/{number}/hold",
        "POST /v1/orders/{number}/release",
        "GET /v1/orders/{number}/changes",
        "GET /v1/orders/{number}/changes/{position}",
        "POST /v1/orders/{number}/changes",
        "POST /v1/orders/{number}/changes/preview",
        "POST /v1/orders/{number}/changes/{position}/confirm",
        "POST /v1/orders/{number}/changes/{position}/decline",
        "POST /v1/orders/{number}/cancel",
        "POST /v1/orders/{number}/cancel/preview",
        "GET /v1/orders/{number}/waiting",
        "POST /v1/orders/{number}/waiting/{position}",
        "POST /v1/variants/{sku}/selling",
        "GET /v1/availability",
        "GET /v1/stock",
        "GET /v1/stock/{sku}/{location}",
        "GET /v1/stock/{sku}/{location}/movements",
        "POST /v1/stock-adjustments",
        "POST /v1/stock-settings",
        "GET /v1/pickup-points",
        "GET /v1/pickups",
        "GET /v1/pickups/{number}",
        "POST /v1/pickups/{number}/cancel",
        "POST /v1/pickups/{number}/collect",
        "POST /v1/pickups/{number}/extend",
        "POST /v1/pickups/{number}/ready",
        "POST /v1/reservations",
        "GET /v1/reservations/{number}",
        "POST /v1/reservations/{number}/extend",
        "POST /v1/reservations/{number}/release",
        "GET /v1/purchase-orders",
        "POST /v1/purchase-orders",
        "GET /v1/purchase-orders/{number}",
        "POST /v1/purchase-orders/{number}/receipts",
        "POST /v1/purchase-orders/{number}/reschedule",
        "POST /v1/purchase-orders/{number}/end",
        "GET /v1/transfers",
        "POST /v1/transfers",
        "GET /v1/transfers/{number}",
        "POST /v1/transfers/{number}/dispatch",
        "POST /v1/transfers/{number}/receive",
        "POST /v1/transfers/{number}/settle",
        "POST /v1/transfers/{number}/cancel",
        "GET /v1/counts",
        "POST /v1/counts",
        "GET /v1/counts/{number}",
        "POST /v1/counts/{number}/lines",
        "POST /v1/counts/{number}/submit",
        "POST /v1/counts/{number}/send-back",
        "POST /v1/counts/{number}/approve",
        "POST /v1/counts/{number}/cancel",
        "GET /v1/returns",
        "GET /v1/returns/{number}",
        "POST /v1/returns",
        "POST /v1/returns/preview",
        "POST /v1/returns/{number}/approve",
        "POST /v1/returns/{number}/reject",
        "POST /v1/returns/{number}/cancel",
        "POST /v1/returns/{number}/parcels",
        "POST /v1/returns/{number}/receive",
        "POST /v1/exchanges",
        "POST /v1/exchanges/preview",
        "GET /v1/claims",
        "GET /v1/claims/{number}",
        "POST /v1/claims",
        "POST /v1/claims/preview",
        "POST /v1/claims/{number}/approve",
        "POST /v1/claims/{number}/reject",
        "POST /v1/claims/{number}/cancel",
        "GET /v1/track",
        "POST /v1/scan-files",
        "POST /v1/scans",
        "POST /webhooks/carriers/{slug}",
        "GET /v1/orders/{number}/payments",
        "POST /v1/orders/{number}/payments/capture",
        "POST /v1/orders/{number}/payments/void",
        "POST /v1/orders/{number}/refunds",
        "POST /v1/orders/{number}/refunds/preview",
        "POST /v1/gift-cards",
        "POST /v1/gift-cards/look",
        "POST /v1/gift-cards/claim",
        "GET /v1/webhook-endpoints",
        "POST /v1/webhook-endpoints",
        "GET /v1/webhook-endpoints/{number}",
        "POST /v1/webhook-endpoints/{number}/change",
        "POST /v1/webhook-endpoints/{number}/rotate",
        "POST /v1/webhook-endpoints/{number}/end",
        "POST /v1/webhook-endpoints/{number}/test",
        "POST /v1/webhook-endpoints/{number}/replay",
        "GET /v1/webhook-endpoints/{number}/deliveries",
        "GET /v1/webhook-endpoints/{number}/deliveries/{event_id}",
        "POST /v1/webhook-endpoints/{number}/deliveries/{event_id}/replay",
        "GET /v1/documents/{number}",
        "GET /v1/documents/{number}/pdf",
        "GET /v1/orders/{number}/documents",
        "GET /v1/orders/{number}/sourcing",
        "POST /v1/orders/{number}/invoices",
        "POST /v1/orders/{number}/receipts",
        "POST /v1/sourcing/preview",
        "POST /webhooks/payments/{slug}",
    }
