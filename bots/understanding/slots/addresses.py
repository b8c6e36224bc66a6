"""An address, in either way of writing it."""

from bots.understanding.slots import addresses_en, addresses_ja
from bots.understanding.slots.sheet import Sheet
from bots.understanding.values import AddressHeard


def address_in(sheet: Sheet, *, is_asked: bool) -> AddressHeard | None:
    """The first address that stands in full, or in part where it was asked for."""
    return addresses_ja.address_in(sheet, is_asked=is_asked) or addresses_en.address_in(
        sheet, is_asked=is_asked
    )
