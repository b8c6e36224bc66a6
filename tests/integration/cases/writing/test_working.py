"""Giving a case to somebody, letting it go, putting it away, waiting for others."""

from datetime import datetime, timedelta

from cases import queries, service
from cases.states import CaseState, EntryKind
from cases.views import CaseView
from oms_service.access import queries as access
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.integration.cases.writing.conftest import AOI, Desk, now


def test_a_case_goes_from_hand_to_hand(
    runtime: Runtime, case: CaseView, aoi: Desk, lead: Desk
) -> None:
    with runtime.database.reading() as connection:
        me = access.staff_by_mail(connection, AOI)
    assert me is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        service.assign(uow, case.id, me.id)
    version = now(runtime, case).version
    status, page = aoi.press(case, "release", version=version)
    assert (status, now(runtime, case).assignee_id) == (303, None)
    assert "受付を未割当に戻しました" in page
    status, page = aoi.press(case, "release", version=version)
    assert "担当者がいません" in page
    assert aoi.press(case, "assign", staff=me.id)[0] == 403
    version = now(runtime, case).version
    status, page = lead.press(case, "assign", staff=me.id, version=version)
    assert (status, now(runtime, case).assignee_id) == (303, me.id)
    for wrong in ("", "x", "9" * 30, "１"):
        status, page = lead.press(case, "assign", staff=wrong, version=version + 1)
        assert status == 422
        assert "受付を担当する人を選んでください" in page
    assert now(runtime, case).version == version + 1
    with runtime.database.reading() as connection:
        told = [
            (one.data["to"], one.data["why"])
            for one in queries.entries(connection, case.id)
            if one.kind is EntryKind.ASSIGNED
        ]
    assert told[-3:] == [(me.id, "given"), (None, "released"), (me.id, "given")]


def test_a_case_is_put_away_until_a_moment(runtime: Runtime, case: CaseView, aoi: Desk) -> None:
    aoi.press(case, "take", version=case.version)
    version = now(runtime, case).version
    for values in ({}, {"when": "moment"}, {"when": "moment", "snooze_day": "2020-01-01"}):
        status, page = aoi.press(case, "snooze", version=version, **values)
        assert status == 422
        assert "1年以内の、これから先の日時を選んでください" in page
    assert now(runtime, case).version == version
    status, page = aoi.press(case, "snooze", version=version, when="hour")
    found = now(runtime, case)
    assert (status, found.state) == (303, CaseState.SNOOZED)
    assert found.snoozed_until == runtime.clock.now() + timedelta(hours=1)
    assert 'href="#snooze"' not in page
    aoi.press(case, "resume", version=found.version)
    aoi.press(
        case,
        "snooze",
        version=now(runtime, case).version,
        when="moment",
        snooze_day="2027-01-07",
        snooze_time="09:00",
    )
    assert now(runtime, case).snoozed_until == datetime.fromisoformat("2027-01-07T00:00+00:00")


def test_others_move_next(runtime: Runtime, case: CaseView, aoi: Desk) -> None:
    aoi.press(case, "wait", version=case.version)
    assert now(runtime, case).state is CaseState.WAITING_THIRD_PARTY
    assert aoi.press(case, "wait", version=case.version)[0] == 409
