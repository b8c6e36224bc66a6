"""Figures and the board by program."""

import csv
import io

from flask import Flask
from werkzeug.test import TestResponse

from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.counted import make_history
from tests.factories.staff import bearer
from tests.fakes.clock import StandingClock


def test_programs_read_figures_and_the_board(
    app: Flask, runtime: Runtime, clock: StandingClock
) -> None:
    history = make_history(runtime, clock)
    with runtime.unit_of_work(SYSTEM) as uow:
        may = bearer(keys.create(uow, label="tests", scopes=["reports:read"])[1])
        may_not = bearer(keys.create(uow, label="others", scopes=["cases:read"])[1])
    client = app.test_client()

    def ask(path: str) -> TestResponse:
        return client.get(path, headers=may)

    told = ask("/v1/case-reports?from=2026-11-22&to=2026-11-24&by=queue").json
    assert told is not None
    assert told["zone"] == "Asia/Tokyo"
    assert told["figures"]["in_time"] == {"part": 4, "whole": 5, "share": 0.8}
    assert told["figures"]["first_response"] == {
        "count": 2,
        "median_s": 85_800.0,
        "p90_s": 153_000.0,
        "business_median_s": 1_200.0,
        "business_p90_s": 1_680.0,
    }
    assert told["before"] == {"from": "2026-11-19", "to": "2026-11-21", "figures": {}}
    assert [one["key"] for one in told["lines"]] == ["orders", "returns"]
    wrong = ask("/v1/case-reports?from=soon&tag=99999999999999999999&queue=nowhere")
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.get_json()["errors"]} == {"from", "tag", "queue"}
    assert ask("/v1/case-reports?from=2000-01-01").status_code == 422
    file = ask("/v1/case-reports/figures.csv?by=sku")
    assert file.mimetype == "text/csv"
    (coffee,) = [
        row
        for row in csv.DictReader(io.StringIO(file.data.decode("utf-8-sig")))
        if row["sku"] == "COFFEE"
    ]
    assert coffee["contact_rate_per_100"] == "50.0"
    board = ask("/v1/case-board").json
    assert board is not None
    assert [one["name"] for one in board["agents"]] == ["田中 葵"]
    assert board["unassigned"] == [{"why": "nobody_there", "cases": 1}]
    assert (board["opened_today"], board["settled_today"]) == (2, 2)
    assert [one["open"] for one in board["queues"] if one["open"]] == [1]
    assert history.waiting.id
    for path in ("/v1/case-reports", "/v1/case-reports/figures.csv", "/v1/case-board"):
        assert client.get(path, headers=may_not).status_code == 403
