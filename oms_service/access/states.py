"""Words about who may do what."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is here; ``access.permissions`` says what each may do."""

    CUSTOMER = "customer"
    AGENT = "agent"
    LEAD = "lead"
    WAREHOUSE = "warehouse"
    SHOP = "shop"
    OPERATIONS = "operations"
    AUDITOR = "auditor"
    INTEGRATION = "integration"


class SessionKind(StrEnum):
    """Whose session; customers and staff never share one."""

    STAFF = "staff"
    CUSTOMER = "customer"


class ScopeKind(StrEnum):
    """What somebody's work can be limited to; without a limit it is all there is."""

    QUEUE = "queue"
    LOCATION = "location"


class StaffState(StrEnum):
    """Whether a colleague comes in."""

    #: Their link waits in their mail, or has run out.
    INVITED = "invited"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


class InvitationEnd(StrEnum):
    """Why an invitation opens nothing any more."""

    ACCEPTED = "accepted"
    #: A newer link took its place.
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class CameBy(StrEnum):
    """What let a colleague in."""

    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    #: The second step, after either of the others.
    CODE = "code"
    PROVIDER = "provider"
    INVITATION = "invitation"
