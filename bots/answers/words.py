"""Words for what answers are about, as msgids; said by the pages."""

from typing import Final

from bots.answers.states import Topic
from oms_service.web.texts import N_

TOPICS: Final = {
    Topic.SHIPPING: N_("Shipping and delivery"),
    Topic.RETURNS: N_("Returns and exchanges"),
    Topic.CANCELLING: N_("Cancelling"),
    Topic.PAYMENT: N_("Ways to pay"),
    Topic.COUPONS: N_("Coupons and points"),
    Topic.ACCOUNT: N_("Signing in and own data"),
    Topic.ORDERING: N_("Ordering"),
    Topic.PRODUCTS: N_("Products"),
    Topic.SHOP: N_("The shop itself"),
}
_UNKNOWN: Final = N_("There is no such variable. Those there are stand below.")
WRONG: Final = {
    "questions": N_("Write at least one question, each on its own line, at most 50."),
    "body": N_("Write the answer, in at most 3,000 characters."),
    "product": N_("There is no such product, or the answer is not about products."),
    "code": N_("Use small letters, digits and _, beginning with a letter."),
}


def wrong(field: str, why: str) -> str:
    """What is wrong with a field, as a msgid."""
    if "unknown variable" in why:
        return _UNKNOWN
    return WRONG.get(field.partition("_")[0], N_("Please check this."))
