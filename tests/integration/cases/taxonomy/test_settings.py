"""The settings of cases: who sees them, what they save, what they refuse."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries as cases
from cases import service
from cases.states import Stage
from cases.taxonomy import fields, queries, tags
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime
from tests.factories.cases import make_case
from tests.factories.staff import make_staff, post, sign_in

PAGES = ("reasons", "reasons/new", "reasons/return", "labels", "labels/new", "tags", "fields")
WORDS = {"name_ja": "包装", "name_en": "Wrapping", "public_name_ja": "包装について"}
REASON = {
    **WORDS,
    "public_name_en": "About wrapping",
    "queue": "orders",
    "priority": "low",
    "group": "order",
    "stages": ["processing", "shipped"],
    "is_active": "yes",
    "position": "5",
}
LABEL = {
    "agent_ja": "対応中です",
    "agent_en": "Being worked on",
    "customer_ja": "ただいま確認しております",
    "customer_en": "Somebody looks at it",
}
FIELD = {
    "name_ja": "破損の箇所",
    "name_en": "Where damaged",
    "kind": "choice",
    "choices": "外箱 | Outer box\n中身 | Contents",
    "reasons": ["damaged"],
    "is_required": "yes",
    "is_active": "yes",
    "position": "1",
}


def come_in(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


@pytest.fixture
def lead(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.LEAD)


def test_agents_do_not_configure_cases(app: Flask, runtime: Runtime) -> None:
    agent = come_in(app, runtime, Role.AGENT)
    for page in PAGES:
        assert agent.get(f"/desk/settings/{page}").status_code == 403
    assert post(agent, "/desk/settings/reasons/new", REASON).status_code == 403


def test_a_new_shop_is_given_the_reasons_of_the_trade(lead: FlaskClient, runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        offered = {
            stage: [one.code for one in queries.reasons_for(connection, stage)] for stage in Stage
        }
    assert offered[Stage.PROCESSING][:3] == ["where_is_it", "not_shipped", "past_expected"]
    assert offered[Stage.SHIPPED] == [
        *("where_is_it", "past_expected", "delay", "stuck", "change_address"),
        *("payment", "question", "other"),
    ]
    assert {
        "damaged",
        "defective",
        "wrong_item",
        "missing",
        "not_received",
        "return",
        "reorder",
    } < (set(offered[Stage.DELIVERED]))
    assert offered[Stage.CANCELLED] == [
        *("reorder", "refund_missing", "refund", "payment", "question", "other")
    ]
    assert offered[Stage.FAILED][0] == "delivery_failed"
    assert offered[Stage.NONE] == ["question", "other"]
    page = lead.get("/desk/settings/reasons?lang=ja").text
    for words in ("荷物が動いていない", "輸送の停滞", "写真が必要"):
        assert words in page, words


def test_a_reason_is_added_changed_and_rests(lead: FlaskClient, runtime: Runtime) -> None:
    assert post(lead, "/desk/settings/reasons/new", REASON).status_code == 303
    assert post(lead, "/desk/settings/reasons/new", REASON).status_code == 422  # pressed twice
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow, reason="wrapping")
    sent = {**REASON, "is_active": "", "version": "1", "needs_photo": "yes"}
    assert post(lead, "/desk/settings/reasons/wrapping", sent).status_code == 303
    assert post(lead, "/desk/settings/reasons/wrapping", sent).status_code == 422  # an old reading
    with runtime.database.reading() as connection:
        found = queries.reason(connection, "wrapping")
        offered = [one.code for one in queries.reasons_for(connection, Stage.SHIPPED)]
        assert cases.by_id(connection, case.id).reason == "wrapping"
    assert (found.is_active, found.needs_photo, found.version) == (False, True, 2)
    assert "wrapping" not in offered


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name_ja": ""}, "name_ja"),
        ({"public_name_en": "x" * 81}, "public_name_en"),
        ({"queue": "nowhere"}, "queue"),
        ({"position": "-1"}, "position"),
        ({"position": "9" * 30}, "position"),
        ({"code": "Größe!"}, "code"),
        ({"code": "x" * 200}, "code"),
        ({"code": "return"}, "code"),
    ],
)
def test_a_wrong_reason_is_refused_with_what_was_typed(
    lead: FlaskClient, runtime: Runtime, changed: dict[str, str], field: str
) -> None:
    answer = post(lead, "/desk/settings/reasons/new", {**REASON, **changed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "包装について" in answer.text
    with runtime.database.reading() as connection, pytest.raises(NotFound):
        queries.reason(connection, "wrapping")


def test_what_fits_nothing_else_is_always_offered(lead: FlaskClient) -> None:
    sent = {**REASON, "version": "1", "stages": [one.value for one in Stage]}
    for wrong in ({"is_active": ""}, {"stages": ["shipped"]}):
        assert post(lead, "/desk/settings/reasons/other", {**sent, **wrong}).status_code == 422
    assert post(lead, "/desk/settings/reasons/other", sent).status_code == 303


def test_states_are_called_as_the_shop_says_and_as_given_again(
    lead: FlaskClient, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
    page = f"/desk/cases/{case.number}"
    given = lead.get("/desk/settings/labels/new?lang=ja").text
    for words in ('value="New"', 'value="未対応"', 'value="Received"'):
        assert words in given, words
    assert post(lead, "/desk/settings/labels/new", {**LABEL, "version": "0"}).status_code == 303
    assert post(lead, "/desk/settings/labels/new", {**LABEL, "version": "0"}).status_code == 422
    assert "対応中です" in lead.get(f"{page}?lang=ja").text
    assert "Being worked on" in lead.get(f"{page}?lang=en").text
    back = "/desk/settings/labels/new/given"
    assert post(lead, back, {"version": "1"}).status_code == 303
    assert post(lead, back, {"version": "1"}).status_code == 303
    assert "Being worked on" not in lead.get(f"{page}?lang=en").text


def test_a_status_within_a_state_is_added_and_rests(lead: FlaskClient, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
        service.wait_for_others(uow, case.id)
    at = "/desk/settings/labels/waiting_third_party/new"
    assert post(lead, at, {**LABEL, "code": "with_maker"}).status_code == 303
    assert post(lead, at, {**LABEL, "code": "with_maker"}).status_code == 422
    assert post(lead, at, {**LABEL, "code": "open"}).status_code == 422
    assert lead.get("/desk/settings/labels/resolved/new").status_code == 404
    sheet = f"/desk/cases/{case.number}/sort"
    assert post(lead, sheet, {"set_status": "with_maker"}).status_code == 303
    assert "対応中です" in lead.get(f"/desk/cases/{case.number}?lang=ja").text
    sent = {**LABEL, "version": "1"}
    assert post(lead, "/desk/settings/labels/with_maker", sent).status_code == 303
    with runtime.database.reading() as connection:
        assert queries.status(connection, "with_maker").is_active is False
        assert cases.by_id(connection, case.id).status == "with_maker"
    assert lead.get("/desk/settings/labels/nowhere").status_code == 404


def test_tags_are_renamed_merged_and_deleted_on_their_pages(
    lead: FlaskClient, runtime: Runtime
) -> None:
    assert "まだタグがありません" in lead.get("/desk/settings/tags?lang=ja").text
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
        for name in ("VIP", "大口"):
            tags.put(uow, case.id, name)
        by_name = {one.name: one.id for one in queries.tags(uow.session)}
    vip, big = by_name["VIP"], by_name["大口"]
    at = f"/desk/settings/tags/{vip}"
    assert post(lead, at, {"tag": "大口", "version": "1"}).status_code == 422
    assert post(lead, at, {"tag": "得意先", "version": "1"}).status_code == 303
    assert post(lead, f"{at}/drop", {}).status_code == 422
    assert post(lead, f"{at}/merge", {"into": ""}).status_code == 422
    assert post(lead, f"{at}/merge", {"into": "9" * 9}).status_code == 404
    assert post(lead, f"{at}/merge", {"into": str(big)}).status_code == 303
    assert lead.get(at).status_code == 404
    with runtime.unit_of_work(SYSTEM) as uow:
        tags.take_off(uow, case.id, big)
    assert post(lead, f"/desk/settings/tags/{big}/drop", {}).status_code == 303


def test_a_field_is_added_and_written_anew(lead: FlaskClient, runtime: Runtime) -> None:
    assert post(lead, "/desk/settings/fields/new", FIELD).status_code == 303
    with runtime.database.reading() as connection:
        (found,) = queries.fields(connection)
    assert [one.code for one in found.choices] == ["outer_box", "contents"]
    assert (found.reasons, found.is_required, found.is_public) == (["damaged"], True, False)
    sent = {**FIELD, "choices": "外箱 | Outer box", "version": "1", "is_public": "yes"}
    at = "/desk/settings/fields/where_damaged"
    assert post(lead, at, sent).status_code == 303
    assert post(lead, at, sent).status_code == 422
    page = lead.get("/desk/settings/fields?lang=ja").text
    for words in ("破損の箇所", "お客様に表示"):
        assert words in page, words


@pytest.mark.parametrize(
    "changed",
    [
        {"choices": ""},
        {"kind": "text"},
        {"reasons": ["no_such"]},
        {"choices": "\n".join(f"c{one}" for one in range(fields.MOST_CHOICES + 1))},
        {"choices": "同じ | Same\n同じ | Same"},
        {"name_en": "x" * 300},
    ],
)
def test_a_wrong_field_is_refused(
    lead: FlaskClient, runtime: Runtime, changed: dict[str, object]
) -> None:
    answer = post(lead, "/desk/settings/fields/new", {**FIELD, **changed})
    if changed.get("kind") == "text":  # choices typed for another kind do not count
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    with runtime.database.reading() as connection:
        assert queries.fields(connection) == []
