"""What roles and permissions are called on pages."""

from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from oms_service.access import permissions
from oms_service.access.states import Role, StaffState

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

#: What each role is there for, in one sentence.
ROLES_SAY: Final = {
    Role.AGENT: lazy_gettext("Answers customers and settles their cases and orders."),
    Role.LEAD: lazy_gettext(
        "Does what agents do, looks after queues and rules, and agrees to what is above limits."
    ),
    Role.WAREHOUSE: lazy_gettext("Picks, packs, hands over, receives and counts goods."),
    Role.SHOP: lazy_gettext(
        "Serves customers at the counter, hands pickups over and takes returns."
    ),
    Role.OPERATIONS: lazy_gettext(
        "Runs the shop: may do what all others may, and looks after settings, keys and colleagues."
    ),
    Role.AUDITOR: lazy_gettext("Reads everything but personal data, and changes nothing."),
}

STATES: Final = {
    StaffState.INVITED: lazy_gettext("Invited"),
    StaffState.ACTIVE: lazy_gettext("Active"),
    StaffState.DEACTIVATED: lazy_gettext("Deactivated"),
}

#: What each permission allows, as people read it; the table says it once for all.
PERMISSIONS: Final = {one.name: lazy_gettext(one.words) for one in permissions.TABLE}

#: What an API key may do, as its maker reads it.
SCOPES: Final = {one.name: PERMISSIONS[one.name] for one in permissions.scopes()}

#: What permissions are about, by the nouns they begin with.
AREAS: Final = tuple(
    (said, frozenset(nouns.split()))
    for said, nouns in (
        (
            lazy_gettext("Customers and their cases"),
            "account answers cases chats customers feedback files macros tasks",
        ),
        (
            lazy_gettext("Orders and money"),
            "catalog documents giftcards limits orders payments policies refunds returns selling",
        ),
        (
            lazy_gettext("Goods and parcels"),
            "boxes calendars fulfilments parcels pickups scans sourcing stock track tracking",
        ),
        (lazy_gettext("Work of the team"), "delays reports routing sla"),
        (
            lazy_gettext("The shop and its system"),
            "assistants console fallout health keeping keys look sessions staff webhooks",
        ),
    )
)


#: Providers as people know them; others are called by their code.
_PROVIDERS: Final = {
    "entra": "Microsoft",
    "google": "Google",
    "keycloak": "Keycloak",
    "line": "LINE",
    "okta": "Okta",
    "yahoo": "Yahoo! JAPAN",
}


def provider(code: str) -> str:
    """What a provider is called on pages."""
    return _PROVIDERS.get(code, code.replace("-", " ").title())


def wait(seconds: int) -> str:
    """When somebody may try again, as a sentence."""
    minutes = max(1, -(-seconds // 60))
    said: str = _("That was too often. Please try again in %(minutes)s minutes.", minutes=minutes)
    return said
