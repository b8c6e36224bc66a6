"""What roles and permissions are called on pages."""

from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from oms_service.access.states import Role

ROLES: Final = {
    Role.CUSTOMER: lazy_gettext("Customer"),
    Role.AGENT: lazy_gettext("Agent"),
    Role.LEAD: lazy_gettext("Lead"),
    Role.WAREHOUSE: lazy_gettext("Warehouse"),
    Role.SHOP: lazy_gettext("Shop floor"),
    Role.OPERATIONS: lazy_gettext("Operations"),
    Role.AUDITOR: lazy_gettext("Auditor"),
    Role.INTEGRATION: lazy_gettext("Integration"),
}


def wait(seconds: int) -> str:
    """When somebody may try again, as a sentence."""
    minutes = max(1, -(-seconds // 60))
    said: str = _("That was too often. Please try again in %(minutes)s minutes.", minutes=minutes)
    return said
