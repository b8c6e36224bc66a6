"""Words about what colleagues are told."""

from enum import StrEnum


class Kind(StrEnum):
    """What a colleague chooses about: notices of one kind are told alike."""

    GIVEN = "given"
    MENTIONS = "mentions"
    ANSWERS = "answers"
    TIMES = "times"
    UNASSIGNED = "unassigned"
    ORDERS = "orders"
    STOCK = "stock"
    STEPS = "steps"


class Way(StrEnum):
    """How notices of a kind reach a colleague; by mail they stand in the bell as well."""

    BELL = "bell"
    MAIL = "mail"
    NOT = "not"


class Audience(StrEnum):
    """Whom a rule is for."""

    #: Whoever the fact names: who has the case, who was called.
    PERSON = "person"
    #: Leads who see the queue; where some of them work on it, only those.
    LEADS = "leads"
    #: The warehouse, or the shop, that the fact is about.
    PLACE = "place"
    OPERATIONS = "operations"
    #: The role that looks after a failed step.
    OWNER = "owner"


class End(StrEnum):
    """What makes an unread notice of the same matter old."""

    #: Somebody else has the case now, or nobody.
    HANDED_ON = "handed_on"
    #: Somebody has the case now.
    TAKEN = "taken"
    #: The customer was answered.
    REPLIED = "replied"
    #: The case is settled, or part of another.
    CLOSED = "closed"
    #: There is enough on the shelf again.
    CAME = "came"
    #: The order will be in time after all, has arrived or was called off.
    RECOVERED = "recovered"
    #: The failed step is tried again or was put right.
    SETTLED = "settled"
    #: Something newer was told of the same matter.
    REPLACED = "replaced"
