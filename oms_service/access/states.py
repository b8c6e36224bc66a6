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
