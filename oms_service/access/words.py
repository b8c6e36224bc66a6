"""What roles and permissions are called on pages."""

from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from oms_service.access.states import Role


def N_(text: str) -> str:  # noqa: N802 - the name every extraction tool knows
    """Mark a text for translation where it stands as data."""
    return text


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

#: What an API key may do, as its maker reads it.
SCOPES: Final = {
    "cases:read": lazy_gettext("Read cases, their conversations and notes"),
    "cases:reply": lazy_gettext("Answer customers and ask them back"),
    "cases:assign": lazy_gettext("Give a case to somebody else"),
    "cases:act": lazy_gettext(
        "Do something about an order from its case, as far as one may do it at all"
    ),
    "macros:manage": lazy_gettext("Write the macros that all colleagues answer with"),
    "assistants:read": lazy_gettext("Let an assistant read orders, products and answers"),
    "assistants:act": lazy_gettext(
        "Let an assistant propose and confirm for customers, and call colleagues"
    ),
    "assistants:issue": lazy_gettext("Make and end the tokens of customers' assistants"),
    "answers:manage": lazy_gettext(
        "Write what the chat answers to questions about the shop and its products"
    ),
    "cases:configure": lazy_gettext("Say which reasons, labels, tags and fields cases have"),
    "routing:manage": lazy_gettext(
        "Say who works on which queue, and by which rules cases go there"
    ),
    "reports:read": lazy_gettext("Read figures about cases and colleagues, and the live board"),
    "sla:manage": lazy_gettext("Say how soon cases are answered, and when the desk is open"),
    "cases:work": lazy_gettext("Take, note, snooze, resolve and reopen cases"),
    "files:send": lazy_gettext("Upload files and put them into cases"),
    "tasks:work": lazy_gettext("Do side tasks of cases, and ask others to do them"),
    "feedback:read": lazy_gettext(
        "Read what customers said of our help, of deliveries and of products"
    ),
    "feedback:manage": lazy_gettext(
        "Say who is asked how it went, when, and how long a case may come back"
    ),
    "feedback:pass": lazy_gettext("Pass on what customers say of how their cases ended"),
    "calendars:read": lazy_gettext("See when locations work and carriers come"),
    "calendars:manage": lazy_gettext(
        "Say when locations work and carriers come, and which places are far"
    ),
    "orders:read": lazy_gettext("Read orders, parcels and their history"),
    "orders:place": lazy_gettext("Put orders together and place them"),
    "orders:change": lazy_gettext("Change an order after it was placed"),
    "returns:read": lazy_gettext("Read returns, exchanges and claims"),
    "returns:request": lazy_gettext("Ask for returns, exchanges and claims, and call them off"),
    "returns:approve": lazy_gettext("Approve or reject a return, an exchange or a claim"),
    "returns:receive": lazy_gettext("Book returned goods in"),
    "orders:cancel": lazy_gettext("Cancel an order before it ships"),
    "documents:read": lazy_gettext("Read and print invoices, receipts and credit notes"),
    "documents:issue": lazy_gettext("Issue invoices and receipts"),
    "payments:read": lazy_gettext("See what was paid for an order and what may go back"),
    "payments:capture": lazy_gettext("Take promised money or let it go"),
    "refunds:make": lazy_gettext("Give money of an order back, up to one's limit"),
    "limits:manage": lazy_gettext("Say how much single colleagues may give back alone"),
    "giftcards:issue": lazy_gettext("Make gift cards"),
    "giftcards:use": lazy_gettext("Look at gift cards and claim them for customers"),
    "orders:hold": lazy_gettext("Put orders on hold and let them go on"),
    "catalog:read": lazy_gettext("Read what is sold, at what price"),
    "selling:manage": lazy_gettext("Say what may be sold before it is there, and until when"),
    "customers:write": lazy_gettext("Add customers"),
    "customers:personal": lazy_gettext(
        "See names, addresses, contacts and words of customers, which others see masked"
    ),
    "stock:read": lazy_gettext("Read stock and why it is so"),
    "stock:adjust": lazy_gettext("Move stock by hand, approve counts, say what is kept back"),
    "stock:buy": lazy_gettext("Order goods from suppliers"),
    "stock:receive": lazy_gettext("Book in what suppliers bring"),
    "stock:transfer": lazy_gettext("Send goods between locations and receive them"),
    "stock:count": lazy_gettext("Count shelves"),
    "stock:reserve": lazy_gettext("Hold units for somebody until a time"),
    "fulfilments:read": lazy_gettext("See what is to be picked, packed and handed over"),
    "fulfilments:work": lazy_gettext("Pick, pack and hand over"),
    "pickups:read": lazy_gettext("See what customers fetch in a shop"),
    "pickups:work": lazy_gettext("Keep goods ready for customers and hand them over"),
    "track:read": lazy_gettext("Ask where an order is, with the customer's proof"),
    "scans:write": lazy_gettext("Report what a carrier scanned"),
    "health:read": lazy_gettext("Read health and figures in detail"),
    "webhooks:manage": lazy_gettext(
        "Say which partners' servers are told of events, and tell them again"
    ),
}


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
