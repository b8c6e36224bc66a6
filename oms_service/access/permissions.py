"""The one permission table: what may be done here, and which roles may do it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from oms_service.access.marks import N_
from oms_service.access.states import Role

_AGENT, _LEAD, _WAREHOUSE, _SHOP = Role.AGENT, Role.LEAD, Role.WAREHOUSE, Role.SHOP
_OPERATIONS, _AUDITOR, _INTEGRATION = Role.OPERATIONS, Role.AUDITOR, Role.INTEGRATION

#: Everybody who signs in at the staff entrance.
STAFF_ROLES: Final = (_AGENT, _LEAD, _WAREHOUSE, _SHOP, _OPERATIONS, _AUDITOR)


@dataclass(frozen=True)
class Permission:
    """One thing that may be done, named ``noun:verb``; ``words`` are a msgid."""

    name: str
    words: str
    roles: frozenset[Role]


def _permission(name: str, words: str, *roles: Role) -> Permission:
    return Permission(name, words, frozenset(roles))


TABLE: Final = tuple(
    _permission(name, words, *roles)
    for name, words, roles in (
        ("account:use", N_("See and handle one's own orders, returns and cases"), (Role.CUSTOMER,)),
        ("sessions:own", N_("See and end one's own sign-ins"), STAFF_ROLES),
        (
            "notices:own",
            N_("See and settle what one is told oneself, and say how one is told"),
            STAFF_ROLES,
        ),
        (
            "cases:read",
            N_("Read cases, their conversations and notes"),
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "cases:reply",
            N_("Answer customers and ask them back"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "macros:manage",
            N_("Write the macros that all colleagues answer with"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "answers:manage",
            N_("Write what the chat answers to questions about the shop and its products"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "chats:read",
            N_("Read what customers and the chat said to each other, and what the chat made of it"),
            (_AGENT, _LEAD, _OPERATIONS, _AUDITOR),
        ),
        (
            "cases:work",
            N_("Take, note, snooze, resolve and reopen cases"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "cases:configure",
            N_("Say which reasons, labels, tags and fields cases have"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "tasks:work",
            N_("Do side tasks of cases, and ask others to do them"),
            (_AGENT, _LEAD, _WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "files:send",
            N_("Upload files and put them into cases"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("cases:assign", N_("Give a case to somebody else"), (_LEAD, _OPERATIONS, _INTEGRATION)),
        (
            "cases:act",
            N_("Do something about an order from its case, as far as one may do it at all"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("orders:read", N_("Read orders, parcels and their history"), (*STAFF_ROLES, _INTEGRATION)),
        (
            "orders:place",
            N_("Put orders together and place them"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "orders:hold",
            N_("Put orders on hold and let them go on"),
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "catalog:read",
            N_("Read what is sold, at what price"),
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "selling:manage",
            N_("Say what may be sold before it is there, and until when"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "customers:write",
            N_("Add customers, and change where they live"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "orders:change",
            N_("Change an order after it was placed"),
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "orders:cancel",
            N_("Cancel an order before it ships"),
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "customers:read",
            N_("Read who a customer is"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _AUDITOR),
        ),
        (
            "customers:personal",
            N_("See names, addresses, contacts and words of customers, which others see masked"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "assistants:read",
            N_("Let an assistant read orders, products and answers with the tools for programs"),
            (_INTEGRATION,),
        ),
        (
            "assistants:act",
            N_("Let an assistant propose and confirm for customers, and call colleagues"),
            (_INTEGRATION,),
        ),
        (
            "assistants:issue",
            N_("Make and end the tokens of customers' assistants"),
            (_OPERATIONS, _INTEGRATION),
        ),
        (
            "parcels:print",
            N_("Print what goes with parcels: slips, labels and lists of what was handed over"),
            (_AGENT, _LEAD, _WAREHOUSE, _SHOP, _OPERATIONS),
        ),
        (
            "fulfilments:read",
            N_("See what is to be picked, packed and handed over"),
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "fulfilments:work",
            N_("Pick, pack and hand over"),
            (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "documents:read",
            N_("Read and print invoices, receipts and credit notes"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _AUDITOR, _INTEGRATION),
        ),
        (
            "documents:issue",
            N_("Issue invoices and receipts"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("boxes:manage", N_("Say which boxes the shop packs into"), (_OPERATIONS,)),
        (
            "returns:read",
            N_("Read returns, exchanges and claims"),
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "returns:request",
            N_("Ask for returns, exchanges and claims, and call them off"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "returns:approve",
            N_("Approve or reject a return, an exchange or a claim"),
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "returns:receive",
            N_("Book returned goods in"),
            (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "policies:manage",
            N_(
                "Say what customers may return, exchange, claim and change, and what they read of"
                " it"
            ),
            (_LEAD, _OPERATIONS),
        ),
        ("refunds:confirm", N_("Say that a refund was paid by hand"), (_LEAD, _OPERATIONS)),
        (
            "refunds:make",
            N_("Give money of an order back, up to one's limit"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("refunds:approve", N_("Agree to refunds above a colleague's limit"), (_LEAD, _OPERATIONS)),
        (
            "payments:read",
            N_("See what was paid for an order and what may go back"),
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "payments:capture",
            N_("Take promised money or let it go"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "payments:settle",
            N_("Settle disputes, and money that belongs to no order"),
            (_LEAD, _OPERATIONS),
        ),
        ("giftcards:issue", N_("Make gift cards"), (_LEAD, _OPERATIONS, _INTEGRATION)),
        ("giftcards:use", N_("Look at gift cards and claim them for customers"), (_INTEGRATION,)),
        (
            "sourcing:read",
            N_("See where orders ship from, and by which rules"),
            (_LEAD, _WAREHOUSE, _SHOP, _OPERATIONS, _AUDITOR),
        ),
        (
            "sourcing:manage",
            N_("Close locations, and change the rules of sourcing and carriers' prices"),
            (_LEAD, _OPERATIONS),
        ),
        (
            "calendars:read",
            N_("See when locations work and carriers come"),
            (*STAFF_ROLES, _INTEGRATION),
        ),
        (
            "feedback:read",
            N_("Read what customers said of our help, of deliveries and of products"),
            (_AGENT, _LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "feedback:manage",
            N_("Say who is asked how it went, when, and how long a case may come back"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "feedback:pass",
            N_("Pass on what customers say of how their cases ended"),
            (_INTEGRATION,),
        ),
        (
            "reports:read",
            N_("Read figures about cases and colleagues, and the live board"),
            (_LEAD, _OPERATIONS, _AUDITOR, _INTEGRATION),
        ),
        (
            "sla:manage",
            N_("Say how soon cases are answered, and when the desk is open"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "routing:manage",
            N_("Say who works on which queue, and by which rules cases go there"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        (
            "delays:manage",
            N_("Say what counts as a delay, who is told of it and who has to look"),
            (_LEAD, _OPERATIONS),
        ),
        (
            "calendars:manage",
            N_("Say when locations work and carriers come, and which places are far"),
            (_LEAD, _OPERATIONS, _INTEGRATION),
        ),
        ("stock:read", N_("Read stock and why it is so"), (*STAFF_ROLES, _INTEGRATION)),
        (
            "stock:adjust",
            N_("Move stock by hand, approve counts, say what is kept back"),
            (_WAREHOUSE, _OPERATIONS, _INTEGRATION),
        ),
        ("stock:buy", N_("Order goods from suppliers"), (_OPERATIONS, _INTEGRATION)),
        (
            "stock:receive",
            N_("Book in what suppliers bring"),
            (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "stock:transfer",
            N_("Send goods between locations and receive them"),
            (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        ("stock:count", N_("Count shelves"), (_WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION)),
        (
            "stock:reserve",
            N_("Hold units for somebody until a time"),
            (_AGENT, _LEAD, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "pickups:read",
            N_("See what customers are going to fetch in shops"),
            (_AGENT, _LEAD, _WAREHOUSE, _SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "pickups:work",
            N_("Make pickups ready and hand them over the counter"),
            (_SHOP, _OPERATIONS, _INTEGRATION),
        ),
        (
            "pickups:manage",
            N_("Say when shops are open and how long they keep things"),
            (_LEAD, _OPERATIONS),
        ),
        ("track:read", N_("Ask where an order is, with the customer's proof"), (_INTEGRATION,)),
        ("scans:write", N_("Report what a carrier scanned"), (_INTEGRATION,)),
        (
            "tracking:manage",
            N_("Say how carriers' words are read, and take their files in"),
            (_LEAD, _OPERATIONS),
        ),
        ("console:read", N_("See how the system is doing"), (_LEAD, _OPERATIONS, _AUDITOR)),
        (
            "health:read",
            N_("Read health and figures in detail"),
            (_LEAD, _OPERATIONS, _AUDITOR, _INTEGRATION),
        ),
        ("fallout:read", N_("See failed steps and their causes"), (_LEAD, _OPERATIONS, _AUDITOR)),
        ("fallout:retry", N_("Try a failed step again or settle it by hand"), (_LEAD, _OPERATIONS)),
        (
            "webhooks:manage",
            N_("Say which partners' servers are told of events, and tell them again"),
            (_OPERATIONS, _INTEGRATION),
        ),
        ("keeping:manage", N_("Say how long what is kept of customers stays"), (_OPERATIONS,)),
        (
            "look:manage",
            N_("Say how the shop looks: its name, its logo and its colour"),
            (_OPERATIONS,),
        ),
        (
            "notices:manage",
            N_("Say what customers are told, when, and in which words"),
            (_OPERATIONS,),
        ),
        (
            "slack:manage",
            N_("Connect Slack, choose channels of queues, unlink colleagues there"),
            (_OPERATIONS,),
        ),
        ("keys:manage", N_("Create and revoke API keys"), (_OPERATIONS,)),
        ("staff:manage", N_("Add and deactivate colleagues"), (_OPERATIONS,)),
        (
            "limits:manage",
            N_("Say how much single colleagues may give back alone"),
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
