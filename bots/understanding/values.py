"""What people name in a message: the values of slots, and all slots of one message together."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from oms_service.kernel.money import Money

#: How a customer calls the way that an order was paid; the other kinds are those of the shop.
ORIGINAL_PAYMENT: Final = "original"


@dataclass(frozen=True, kw_only=True)
class PersonName:
    """Somebody's name. One of the parts is empty where only the other was said."""

    given: str = ""
    family: str = ""
    as_typed: str
    """Without the words around it: ``山田 花子`` of ``山田 花子です``."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that were said, family name first as typed in Japanese or not."""
        return tuple(part for part in (self.given, self.family) if part)


@dataclass(frozen=True, kw_only=True)
class When:
    """Days and hours, as days of the shop's zone.

    Where a day can be read in several ways it is the next one to come. A day of the month or of
    the year that is today is today; a named weekday is never today: on a Tuesday ``Tuesday`` and
    ``next Tuesday`` are seven days off. ``来週の火曜`` and ``Tuesday next week`` lie in the week
    that begins on the coming Monday.

    Hours are whole hours of the clock, 0 to 24. Morning is 8 to 12, afternoon 12 to 18, 夕方
    16 to 18, evening and night 18 to 21. Hours from 1 to 7 without am or pm are those of the
    afternoon.
    """

    first: date | None = None
    """The first day; None where no day was said, only hours."""
    last: date | None = None
    """The last day, included; None beside a ``first`` means that day or later."""
    from_hour: int | None = None
    until_hour: int | None = None


@dataclass(frozen=True, kw_only=True)
class AddressHeard:
    """The parts of an address that were said; those that were not are empty."""

    postal: str = ""
    """Digits, or capitals and digits, without hyphen or space: ``1600022``, ``SW1A1AA``."""
    region: str = ""
    """Prefecture or state, as typed; a state in two letters is in capitals."""
    city: str = ""
    line1: str = ""
    line2: str = ""
    """Building, suite, room."""
    country: str = ""
    """Two letters, of a named country or of what is written as only one country does."""
    as_typed: str


@dataclass(frozen=True, kw_only=True)
class PaymentHeard:
    """A way to pay or to be paid back."""

    kind: str
    """As ``payments.states.MethodKind`` has it, or ``ORIGINAL_PAYMENT``."""
    last4: str = ""
    brand: str = ""
    """In small letters, as the shop keeps it: ``visa``, ``mastercard``, ``amex``, ``jcb``."""
    is_other: bool = False
    """Whether it is the other one of its kind: ``the other card``."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A number of one thing: ``two of the blue``."""

    number: int
    words: str
    """What the number is of, in the matchable form of the text; never empty."""
    choices: tuple[str, ...] = ()
    """Values of the question's options that these words point at."""


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Everything that one message names. What it does not name is empty or None."""

    order_keys: tuple[str, ...] = ()
    """Order numbers as ``order_key`` has them, those with their prefix first: ``A10423``."""
    mail: str | None = None
    phone: str | None = None
    """As typed in one form: digits, with a leading ``+`` when international."""
    postal: str | None = None
    """As ``postal_key`` has it: seven digits of Japan, five or nine of the United States, or a
    code of Britain or Canada in capitals."""
    code: str | None = None
    """Six digits, as a one-time code has them."""
    name: PersonName | None = None
    when: When | None = None
    """Needs today's date to be heard."""
    address: AddressHeard | None = None
    payment: PaymentHeard | None = None
    """The one that is wanted where several are named: ``from paypal to my gift card``."""
    payments: tuple[PaymentHeard, ...] = ()
    """All that are named, in the order of the words."""
    amounts: tuple[Money, ...] = ()
    quantity: int | None = None
    counted: tuple[Counted, ...] = ()
    """Numbers of things with their words; bare quantities are only in ``quantity``."""
    is_everything: bool = False
    """All there is, nothing left out."""
    is_rest: bool = False
    """All but what is named. Where there are options, ``choices`` holds those that remain."""
    excepted_words: str = ""
    """What ``is_rest`` leaves out, in the matchable form of the text."""
    choices: tuple[str, ...] = ()
    """Values of the question's options that the words point at."""
    reason: str | None = None
    """Why something comes back, as ``contracts.returning.Reason`` has it."""
    reasons: tuple[str, ...] = ()
    """Every reason the words give, of returns, cancellations, claims and refunds alike; take the
    first that the question offers. Where one is a kind of another, the more exact comes first."""
    wanted_words: str = ""
    """What a change is to lead to, in the matchable form of the text: ``red one in size l``."""
    had_words: str = ""
    """What a change starts from, where it is said: ``blue one``."""
