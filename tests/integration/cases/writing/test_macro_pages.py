"""Macros on pages: everybody's and one's own, tried in a case, changed by those who may."""

from cases.views import CaseView
from cases.writing import queries
from oms_service.runtime import Runtime
from tests.factories.staff import post
from tests.integration.cases.writing.conftest import Desk

WORDS = {
    "title_ja": "領収書",
    "body_ja": "{{customer_name}}\n\n領収書は注文のページから発行できます。",
    "title_en": "Receipt",
    "body_en": "Hello {{customer_name}}, find your receipt on the page of your order.",
}
WISH = {
    **WORDS,
    "is_active": "yes",
    "end": "resolve:answered",
    "priority": "low",
    "reasons": "other",
}


def codes(runtime: Runtime, staff_id: int | None) -> set[str]:
    with runtime.database.reading() as connection:
        return {one.code for one in queries.macros(connection, staff_id=staff_id)}


def test_a_macro_of_ones_own_is_ones_own(
    runtime: Runtime, case: CaseView, aoi: Desk, lead: Desk
) -> None:
    given = codes(runtime, None)
    assert len(given) == 10
    sent = post(aoi.client, "/desk/macros/new", {**WISH, "is_shared": "yes"})
    assert sent.status_code == 403
    assert post(aoi.client, "/desk/macros/new", WISH).status_code == 303
    assert codes(runtime, None) == given
    assert "領収書" in aoi.client.get("/desk/macros").text
    assert "領収書" not in lead.client.get("/desk/macros").text
    page = aoi.page(case)
    assert ">領収書</option>" in page
    assert ">領収書</option>" not in lead.page(case)
    with runtime.database.reading() as connection:
        own = [one for one in queries.macros(connection, staff_id=1) if one.owner_id == 1]
    (macro,) = own
    assert lead.client.get(f"/desk/macros/{macro.code}").status_code == 404
    assert macro.actions == [
        {"do": "priority", "value": "low"},
        {"do": "resolve", "value": "answered"},
    ]
    path = f"/desk/macros/{macro.code}"
    assert "口に" not in aoi.client.get(path).text
    assert post(aoi.client, path, {**WISH, "version": "1", "is_active": ""}).status_code == 303
    assert ">領収書</option>" not in aoi.page(case)
    assert post(aoi.client, path, {**WISH, "version": "1"}).status_code == 409


def test_everybodys_is_written_by_leads(runtime: Runtime, aoi: Desk, lead: Desk) -> None:
    assert aoi.client.get("/desk/macros/settled").status_code == 200
    assert post(aoi.client, "/desk/macros/settled", {**WISH, "version": "1"}).status_code == 403
    assert post(lead.client, "/desk/macros/settled", {**WISH, "version": "1"}).status_code == 303
    with runtime.database.reading() as connection:
        found = queries.macro(connection, "settled", staff_id=None)
    assert (found.title["ja"], found.reasons, found.version) == ("領収書", ["other"], 2)


def test_what_is_wrong_is_named_and_nothing_is_lost(runtime: Runtime, lead: Desk) -> None:
    before = codes(runtime, None)
    for wrong, words in (
        ({"body_ja": "{{nobody}}"}, "使えない差し込み項目"),
        ({"body_ja": "{{customer_name"}, "使えない差し込み項目"),
        ({"body_ja": ""}, "両方を入力してください"),
        ({"title_ja": "x" * 101}, "両方を入力してください"),
        ({"reasons": "nothing"}, "入力内容をご確認ください"),
        ({"end": "resolve:nothing"}, "入力内容をご確認ください"),
        (dict.fromkeys(WORDS, ""), "少なくとも1つの言語で"),
    ):
        sent = post(lead.client, "/desk/macros/new", {**WISH, "is_shared": "yes", **wrong})
        assert sent.status_code == 422, wrong
        assert words in sent.text, wrong
        if "title_en" not in wrong:
            assert 'value="Receipt"' in sent.text
    assert codes(runtime, None) == before


def test_a_macro_is_tried_in_a_real_case(runtime: Runtime, case: CaseView, aoi: Desk) -> None:
    tried = {**WISH, "then": "preview", "case": case.number}
    page = post(aoi.client, "/desk/macros/new", tried).text
    assert "佐藤 美咲 様\n\n領収書は注文のページから発行できます。" in page
    page = post(aoi.client, "/desk/macros/new", {**tried, "body_ja": "{{return_number}}"}).text
    assert "必要な次の情報がありません: 返品番号" in page
    page = post(aoi.client, "/desk/macros/new", {**tried, "case": "C-999999"}).text
    assert "その番号の受付はありません" in page
