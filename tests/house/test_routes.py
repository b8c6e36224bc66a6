"""Every route says who may use it, and the table of permissions is the page of permissions."""

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule as Route

from oms_service.access import guard, permissions, words
from oms_service.access.guard import Who
from oms_service.access.states import Role
from oms_service.web import frame

ROOT = Path(__file__).resolve().parents[2]


def doors(app: Flask) -> list[tuple[Route, str]]:
    """Every route with every method that a view of ours answers."""
    return [
        (route, method)
        for route in app.url_map.iter_rules()
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_names_a_permission_or_says_why_it_is_open(app: Flask) -> None:
    silent = [
        f"{method} {route.rule} ({route.endpoint})"
        for route, method in doors(app)
        if guard.rule_of(app, route.endpoint, method) is None
    ]
    assert silent == []


def test_what_a_route_names_is_in_the_table_and_somebody_has_it(app: Flask) -> None:
    for route, method in doors(app):
        rule = guard.rule_of(app, route.endpoint, method)
        assert rule is not None, route.rule
        if rule.who is Who.PUBLIC:
            assert len(rule.reason) > 10, route.rule
            continue
        roles = permissions.known(rule.permission).roles
        fitting = {
            Who.STAFF: set(permissions.STAFF_ROLES),
            Who.CUSTOMER: {Role.CUSTOMER},
            Who.KEY: {Role.INTEGRATION},
        }[rule.who]
        assert roles & fitting, f"nobody may ever {rule.permission} at {route.rule}"


def test_unsafe_routes_without_proof_of_origin_are_those_of_machines_or_open_for_a_reason(
    app: Flask,
) -> None:
    for endpoint in frame.of(app).csrf.exemptions():
        rule = guard.rule_of(app, endpoint, "POST")
        assert rule is not None
        assert rule.who in {Who.KEY, Who.PUBLIC}, f"{endpoint} acts by cookie without proof"


def test_an_auditor_changes_nothing_but_their_own_and_that_a_paper_was_printed(app: Flask) -> None:
    doing = {
        route.rule
        for route, method in doors(app)
        if method != "GET"
        and (rule := guard.rule_of(app, route.endpoint, method)) is not None
        and rule.who is Who.STAFF
        and permissions.may([Role.AUDITOR], rule.permission)
    }
    assert doing == {
        "/console/documents/<number>/print",
        "/console/warehouse/place",
        "/desk/cases/<number>/watch",
        "/desk/slack/link/<token>",
        "/desk/for-me/read",
        "/desk/views",
        "/desk/views/<public_id>",
        "/desk/views/<public_id>/drop",
        "/notices/<int(max=9223372036854775807):notice_id>/read",
        "/notices/choices",
        "/notices/read",
        "/notices/unread",
        "/staff/security/password",
        "/staff/security/recovery-codes",
        "/staff/security/second-step",
        "/staff/security/second-step/confirm",
        "/staff/security/second-step/off",
        "/staff/sessions/end-others",
        "/staff/sessions/<int:session_id>/end",
    }


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        (Role.AGENT, {"stock:adjust", "payments:capture", "refunds:approve", "giftcards:issue"}),
        (Role.WAREHOUSE, {"refunds:make", "refunds:confirm", "returns:approve", "customers:read"}),
        (Role.SHOP, {"stock:adjust", "refunds:approve", "payments:settle", "returns:approve"}),
        (Role.INTEGRATION, {"refunds:approve", "refunds:confirm", "keys:manage", "staff:manage"}),
    ],
)
def test_who_touches_goods_and_who_touches_money_are_kept_apart(
    role: Role, refused: set[str]
) -> None:
    assert {name for name in refused if permissions.may([role], name)} == set()


def test_the_table_is_the_page_of_permissions() -> None:
    page = (ROOT / "docs/permissions.md").read_text()
    assert page == permissions.as_markdown(), "run `oms permissions`"


def test_permissions_are_a_noun_and_a_verb_and_named_once() -> None:
    names = [one.name for one in permissions.TABLE]
    assert len(names) == len(set(names))
    assert [n for n in names if not all(p.isalpha() and p.islower() for p in n.split(":"))] == []
    assert all(len(name.split(":")) == 2 for name in names)
    assert all(one.roles for one in permissions.TABLE)


def test_every_role_may_do_something() -> None:
    for role in Role:
        assert [one.name for one in permissions.TABLE if role in one.roles], role


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_name_on_pages(role: Role) -> None:
    assert role in words.ROLES


def test_every_scope_has_words_for_who_gives_it() -> None:
    assert set(words.SCOPES) == {one.name for one in permissions.scopes()}
