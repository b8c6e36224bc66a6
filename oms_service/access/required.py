"""What the shop's settings ask of those who sign in."""

from collections.abc import Iterable

from oms_service.access.permissions import STAFF_ROLES
from oms_service.access.states import Role
from oms_service.settings import BadSetting, Settings


def check(settings: Settings) -> None:
    """Look at start-up that every role that settings name is one of staff.

    Raises:
        BadSetting: one is none; the message names the variable.
    """
    known = {str(role) for role in STAFF_ROLES}
    for name, roles in (
        ("STAFF_SECOND_STEP_ROLES", settings.staff_second_step_roles),
        ("STAFF_OIDC_DOMAINS", settings.staff_oidc_domains.values()),
    ):
        if not set(roles) <= known:
            raise BadSetting(f"{name}: roles are {', '.join(sorted(known))}")


def asks_second_step(settings: Settings, roles: Iterable[Role]) -> bool:
    """Whether one of these roles never comes in without a second step."""
    return not settings.staff_second_step_roles.isdisjoint(str(role) for role in roles)


def is_needed(*, must: bool, is_on: bool, by_provider: bool, has_second_step: bool) -> bool:
    """Whether somebody whose first step was right is asked for a second one here.

    Args:
        must: one of their roles never comes in without.
        is_on: they have set one up.
        by_provider: a provider let them in, and not their password.
        has_second_step: the provider said that it asked for one.
    """
    if by_provider:
        return must and not has_second_step
    return must or is_on
