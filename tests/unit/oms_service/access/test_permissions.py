"""The table decides; nobody gets what it does not give."""

import pytest

from oms_service.access import permissions
from oms_service.access.guard import Undeclared, guard, public
from oms_service.access.states import Role


@pytest.mark.parametrize(
    ("roles", "name", "allowed"),
    [
        ([Role.AGENT], "cases:reply", True),
        ([Role.AUDITOR], "cases:read", True),
        ([Role.AUDITOR], "cases:reply", False),
        ([Role.WAREHOUSE], "returns:receive", True),
        ([Role.WAREHOUSE], "returns:approve", False),
        ([Role.WAREHOUSE, Role.LEAD], "returns:approve", True),
        ([Role.LEAD], "keys:manage", False),
        ([Role.OPERATIONS], "keys:manage", True),
        ([Role.CUSTOMER], "cases:read", False),
        ([Role.INTEGRATION], "cases:reply", True),
        ([Role.INTEGRATION], "keys:manage", False),
        ([], "sessions:own", False),
    ],
)
def test_roles_allow_what_the_table_says(roles: list[Role], name: str, allowed: bool) -> None:
    assert permissions.may(roles, name) is allowed


def test_an_auditor_reads_and_never_changes() -> None:
    verbs = {one.name.split(":")[1] for one in permissions.TABLE if Role.AUDITOR in one.roles}
    assert verbs == {"read", "own"}


def test_an_unknown_permission_stops_the_start() -> None:
    with pytest.raises(LookupError, match="cases:red"):
        guard("cases:red")


@pytest.mark.parametrize(
    "given", [{}, {"permission": "cases:read", "scope": "cases:read"}, {"customer": False}]
)
def test_a_guard_says_exactly_one_thing(given: dict[str, object]) -> None:
    with pytest.raises(Undeclared):
        guard(**given)  # type: ignore[arg-type]


def test_a_view_says_once_who_may_use_it() -> None:
    @public(reason="a test")
    def view() -> str:
        return ""

    with pytest.raises(Undeclared):
        guard("cases:read")(view)


def test_public_says_why() -> None:
    with pytest.raises(Undeclared):
        public(reason=" ")
