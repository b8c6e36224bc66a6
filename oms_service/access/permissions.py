"""The one permission table: what may be done here, and which roles may do it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from oms_service.access.states import Role

_AGENT, _LEAD, _WAREHOUSE, _SHOP = Role.AGENT, Role.LEAD, Role.WAREHOUSE, Role.SHOP
_OPERATIONS, _AUDITOR, _INTEGRATION = Role.OPERATIONS, Role.AUDITOR, Role.INTEGRATION

#: Everybody who signs in at the staff entrance.
STAFF_ROLES: Final = (_AGENT, _LEAD, _WAREHOUSE, _SHOP, _OPERATIONS, _AUDITOR)


@dataclass(frozen=True)
class Permission:
    """One thing that may be done, named ``noun:verb``."""

    name: str
    words: str
    roles: frozenset[Role]


def _permission(name: str, words: str, *roles: Role) -> Permission:
    return Permission(name, words, frozenset(roles))


TABLE: Final = tuple(
    _permission(name, words, *roles)
    for name, words, roles in (
        ("account:use", "See and handle one's own orders, returns and cases", (Role.CUSTOMER,)),
        ("sessions:own", "See and end one's own sign-ins", STAFF_ROLES),
        ("cases:read", "Read cases, their conversations and notes", (*STAFF_ROLES, _INTEGRATION)),
        (
            "cases:reply",
            "Answer customers and ask them back",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "macros:manage",
            "Write the macros that all colleagues answer with",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "answers:manage",
            "Write what the chat answers to questions about the shop and its products",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "chats:read",
            "Read what customers and the chat said to each other, and what the chat made of it",
            (_AGENT, _LEAD, _OPERATIONS, _AUDITOR),
        ),
        (
            "cases:work",
            "Take, note, snooze, resolve and reopen cases",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "cases:configure",
            "Say which reasons, labels, tags and fields cases have",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "tasks:work",
            "Do side tasks of cases, and ask others to do them",
            (_AGENT, _LEAD, _WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "files:send",
            "Upload files and put them into cases",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("cases:assign", "Give a case to somebody else", (_LEAD, _OPERATIONS, _INTEGRATION)),
        (
            "cases:act",
            "Do something about an order from its case, as far as one may do it at all",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("orders:read", "Read orders, parcels and their history", (*STAFF_ROLES, _INTEGRATION)),
        (
            "orders:place",
            "Put orders together and place them",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "orders:hold",
            "Put orders on hold and let them go on",
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "catalog:read",
            "Read what is sold, at what price",
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "selling:manage",
            "Say what may be sold before it is there, and until when",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "customers:write",
            "Add customers, and change where they live",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "orders:change",
            "Change an order after it was placed",
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "orders:cancel",
            "Cancel an order before it ships",
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        ("customers:read", "Read who a customer is", (_AGENT, _LEAD, _SHOP, _OPERATIONS, _AUDITOR)),
        (
            "customers:personal",
            "See names, addresses, contacts and words of customers, which others see masked",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "assistants:read",
            "Let an assistant read orders, products and answers with the tools for programs",
            (_INTEGRATION,),
        ),
        (
            "assistants:act",
            "Let an assistant propose and confirm for customers, and call colleagues",
            (_INTEGRATION,),
        ),
        (
            "assistants:issue",
            "Make and end the tokens of customers' assistants",
            (_OPERATIONS, _INTEGRATION),
        ),
        (
            "parcels:print",
            "Print what goes with parcels: slips, labels and lists of what was handed over",
            (_AGENT, _LEAD, _WAREHOUSE, _SHOP, _OPERATIONS),
        ),
        (
            "fulfilments:read",
            "See what is to be picked, packed and handed over",
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "fulfilments:work",
            "Pick, pack and hand over",
            (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "documents:read",
            "Read and print invoices, receipts and credit notes",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _AUDITOR, _INTEGRATION),
        ),
        (
            "documents:issue",
            "Issue invoices and receipts",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("boxes:manage", "Say which boxes the shop packs into", (_OPERATIONS,)),
        (
            "returns:read",
            "Read returns, exchanges and claims",
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "returns:request",
            "Ask for returns, exchanges and claims, and call them off",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "returns:approve",
            "Approve or reject a return, an exchange or a claim",
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "returns:receive",
            "Book returned goods in",
            (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "policies:manage",
            "Say what customers may return, exchange, claim and change, and what they read of it",
            (_LEAD, _OPERATIONS),
        ),
        ("refunds:confirm", "Say that a refund was paid by hand", (_LEAD, _OPERATIONS)),
        (
            "refunds:make",
            "Give money of an order back, up to one's limit",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("refunds:approve", "Agree to refunds above a colleague's limit", (_LEAD, _OPERATIONS)),
        (
            "payments:read",
            "See what was paid for an order and what may go back",
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "payments:capture",
            "Take promised money or let it go",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "payments:settle",
            "Settle disputes, and money that belongs to no order",
            (_LEAD, _OPERATIONS),
        ),
        ("giftcards:issue", "Make gift cards", (_LEAD, _OPERATIONS, _INTEGRATION)),
        ("giftcards:use", "Look at gift cards and claim them for customers", (_INTEGRATION,)),
        (
            "sourcing:read",
            "See where orders ship from, and by which rules",
            (_LEAD, _WAREHOUSE, _SHOP, _OPERATIONS, _AUDITOR),
        ),
        (
            "sourcing:manage",
            "Close locations, and change the rules of sourcing and carriers' prices",
            (_LEAD, _OPERATIONS),
        ),
        (
            "calendars:read",
            "See when locations work and carriers come",
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "feedback:read",
            "Read what customers said of our help, of deliveries and of products",
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "feedback:manage",
            "Say who is asked how it went, when, and how long a case may come back",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "feedback:pass",
            "Pass on what customers say of how their cases ended",
            (_INTEGRATION,),
        ),
        (
            "reports:read",
            "Read figures about cases and colleagues, and the live board",
            (_LEAD, _OPERATIONS, _AUDITOR, _INTEGRATION),
        ),
        (
            "sla:manage",
            "Say how soon cases are answered, and when the desk is open",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "routing:manage",
            "Say who works on which queue, and by which rules cases go there",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "delays:manage",
            "Say what counts as a delay, who is told of it and who has to look",
            (_LEAD, _OPERATIONS),
        ),
        (
            "calendars:manage",
            "Say when locations work and carriers come, and which places are far",
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        ("stock:read", "Read stock and why it is so", (*STAFF_ROLES, _INTEGRATION)),
        (
            "stock:adjust",
            "Move stock by hand, approve counts, say what is kept back",
            (_WAREHOUSE, _OPERATIONS, _INTEGRATION),
        ),
        ("stock:buy", "Order goods from suppliers", (_OPERATIONS, _INTEGRATION)),
        (
            "stock:receive",
            "Book in what suppliers bring",
            (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "stock:transfer",
            "Send goods between locations and receive them",
            (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("stock:count", "Count shelves", (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION)),
        (
            "stock:reserve",
            "Hold units for somebody until a time",
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "pickups:read",
            "See what customers are going to fetch in shops",
            (_AGENT, _LEAD, _WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "pickups:work",
            "Make pickups ready and hand them over the counter",
            (_SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "pickups:manage",
            "Say when shops are open and how long they keep things",
            (_LEAD, _OPERATIONS),
        ),
        ("track:read", "Ask where an order is, with the customer's proof", (_INTEGRATION,)),
        ("scans:write", "Report what a carrier scanned", (_INTEGRATION,)),
        (
            "tracking:manage",
            "Say how carriers' words are read, and take their files in",
            (_LEAD, _OPERATIONS),
        ),
        ("console:read", "See how the system is doing", (_LEAD, _OPERATIONS, _AUDITOR)),
        (
            "health:read",
            "Read health and figures in detail",
            (_LEAD, _OPERATIONS, _AUDITOR, _INTEGRATION),
        ),
        ("fallout:read", "See failed steps and their causes", (_LEAD, _OPERATIONS, _AUDITOR)),
        ("fallout:retry", "Try a failed step again or settle it by hand", (_LEAD, _OPERATIONS)),
        (
            "webhooks:manage",
            "Say which partners' servers are told of events, and tell them again",
            (_OPERATIONS, _INTEGRATION),
        ),
        ("keeping:manage", "Say how long what is kept of customers stays", (_OPERATIONS,)),
        (
            "look:manage",
            "Say how the shop looks: its name, its logo and its colour",
            (_OPERATIONS,),
        ),
        ("keys:manage", "Create and revoke API keys", (_OPERATIONS,)),
        ("staff:manage", "Add and deactivate colleagues", (_OPERATIONS,)),
        (
            "limits:manage",
            "Say how much single colleagues may give back alone",
            (_OPERATIONS, _INTEGRATION),
        ),
    )
)

BY_NAME: Final = {one.name: one for one in TABLE}


def known(name: str) -> Permission:
    """The permission of that name.

    Raises:
        LookupError: the table has none.
    """
    try:
        return BY_NAME[name]
    except KeyError:
        raise LookupError(f"no permission named {name!r}") from None


def may(roles: Iterable[Role], name: str) -> bool:
    """Whether any of ``roles`` is enough for ``name``."""
    return not known(name).roles.isdisjoint(roles)


def scopes() -> tuple[Permission, ...]:
    """What an API key can be given: the permissions of integrations."""
    return tuple(one for one in TABLE if Role.INTEGRATION in one.roles)


_HEAD: Final = """# Permissions

Who may do what. Every route names one of these, or says why it is open to everybody; a route
that says neither does not answer. A colleague may have several roles. An API key has scopes:
any of the permissions in the column `integration`. Written by `oms permissions`.

"""


def as_markdown() -> str:
    """The page of permissions."""
    names = " | ".join(str(role) for role in Role)
    lines = [
        f"| permission | what it allows | {names} |",
        f"|---|---|{'---|' * len(Role)}",
    ]
    for one in TABLE:
        marks = " | ".join("yes" if role in one.roles else "" for role in Role)
        lines.append(f"| `{one.name}` | {one.words} | {marks} |")
    return _HEAD + "\n".join(lines) + "\n"
