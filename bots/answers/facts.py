"""What the shop's settings, policies and books say: the values of the variables in answers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from babel import Locale
from sqlalchemy.orm import Session

from oms_service.inventory import places
from oms_service.kernel.languages import Language, Words, in_both
from oms_service.kernel.money import Money
from oms_service.operations.rules import (
    change_rules,
    exchange_rules,
    payment_rules,
    placing_rules,
    policy,
)
from oms_service.operations.rules.change_rules import ChangeRules, Late, Stage
from oms_service.operations.rules.payment_rules import BY_SLIP
from oms_service.operations.rules.placing_rules import ShippingRules
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments.states import MethodKind
from oms_service.ports.carrier import KIND, Carrier
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView, PolicyView
from oms_service.sales.states import ChannelKind
from oms_service.shipping import explaining, services
from oms_service.web import formats

_KINDS: Final = (
    policy.RETURNS,
    exchange_rules.EXCHANGES,
    change_rules.CHANGES,
    payment_rules.PAYMENTS,
    placing_rules.SHIPPING,
)
#: The newest lines of the books that are looked through for how orders are paid.
_ENTRIES: Final = 300
_METHODS: Final[Mapping[MethodKind, Words]] = {
    MethodKind.CARD: {"ja": "クレジットカード", "en": "card"},
    MethodKind.PAYPAL: in_both("PayPal"),
    MethodKind.GIFT_CARD: {"ja": "ギフトカード", "en": "gift card"},
    MethodKind.STORE_CREDIT: {"ja": "ストアクレジット", "en": "store credit"},
    MethodKind.KONBINI: {"ja": "コンビニ払い", "en": "payment at a convenience store"},
    MethodKind.CASH_ON_DELIVERY: {"ja": "代金引換", "en": "cash on delivery"},
    MethodKind.BANK_TRANSFER: {"ja": "銀行振込", "en": "bank transfer"},
}
_CANCELLING: Final[Mapping[Stage, Words]] = {
    Stage.OPEN: {
        "ja": "キャンセルは、商品の準備を始めるまで承ります。",
        "en": "You can cancel until we begin to prepare the goods.",
    },
    Stage.PICKING: {
        "ja": "キャンセルは、商品の梱包を始めるまで承ります。",
        "en": "You can cancel until we begin to pack the goods.",
    },
}
_NO_CANCELLING: Final[Words] = {
    "ja": "ご注文後のキャンセルは、担当者が承ります。",
    "en": "Once an order is placed, a colleague has to decide about cancelling it.",
}
_LATER: Final[Words] = {
    "ja": "それ以降は、担当者が確認いたします。",
    "en": "After that, a colleague will look into it.",
}


@dataclass(frozen=True)
class _Held:
    """The policies in force of a channel, by kind."""

    channel: ChannelView
    policies: Mapping[str, PolicyView]

    def money(self, minor: int | None) -> Words:
        """Nothing for none: what costs nothing needs no sentence."""
        if not minor:
            return {}
        amount = Money(minor, self.channel.currency)
        return _in_each(lambda language: formats.money(amount, language))


def home(session: Session, channel_id: int | None = None) -> ChannelView | None:
    """The channel a question is about: the order's, or the web shop; None where none sells."""
    if channel_id is not None:
        return sales.channel_by_id(session, channel_id)
    found = [one for one in sales.channels(session) if one.is_active]
    web = [one for one in found if one.kind is ChannelKind.WEB]
    return min(web or found, key=lambda one: one.id, default=None)


def values(
    house: Runtime, session: Session, *, now: datetime, channel: ChannelView | None
) -> dict[str, Words]:
    """What each variable says, per language; one that the shop has nothing for is left out."""
    settings, base = house.settings, house.links.base
    found: dict[str, Words] = {
        "shop_name": house.look.names(),
        "shop_phone": in_both(settings.phone) if settings.phone else {},
        "orders_page": in_both(f"{base}/orders"),
        "sign_in_page": in_both(f"{base}/sign-in"),
        "carriers": _carriers(house, session),
        "pickup_shops": _listing([one.name for one in places.pickup_points(session)]),
    }
    if channel is not None:
        held = _Held(channel, sales.in_force(session, channel.id, _KINDS, at=now))
        found |= {
            **_returns(held, base),
            **_exchanges(held),
            **_shipping(held),
            **_payments(held, session),
            "cancel_until": _cancelling(held),
        }
    return {name: words for name, words in found.items() if any(words.values())}


def _returns(held: _Held, base: str) -> dict[str, Words]:
    found = held.policies.get(policy.RETURNS)
    if found is None:
        return {}
    rules = policy.read(found.rules)
    has_terms = any(found.text.values())
    return {
        "return_window_days": in_both(str(rules.window_days)),
        "return_fee": held.money(rules.fee_minor),
        "return_postage": held.money(rules.postage_minor),
        "send_back_days": in_both(str(rules.send_back_within_days or "")),
        "return_terms": dict(found.text),
        "return_terms_page": in_both(f"{base}/return-terms/{found.id}") if has_terms else {},
    }


def _exchanges(held: _Held) -> dict[str, Words]:
    found = held.policies.get(exchange_rules.EXCHANGES)
    if found is None:
        return {}
    rules = exchange_rules.read(found.rules)
    return {
        "exchange_window_days": in_both(str(rules.window_days)),
        "exchange_terms": dict(found.text),
    }


def _cancelling(held: _Held) -> Words:
    found = held.policies.get(change_rules.CHANGES)
    rules: ChangeRules = change_rules.read(found.rules) if found else change_rules.USUAL
    if rules.cancel is None:
        return _NO_CANCELLING
    said = dict(_CANCELLING[rules.cancel.until])
    minutes = rules.cancel.cut_off_minutes
    if minutes is not None:
        said = {
            "ja": f"キャンセルは、ご注文から{minutes}分以内に承ります。{said['ja']}",
            "en": f"You can cancel within {minutes} minutes of ordering. {said['en']}",
        }
    if rules.cancel.late is Late.PERSON:
        said = {"ja": said["ja"] + _LATER["ja"], "en": f"{said['en']} {_LATER['en']}"}
    return said


def _shipping(held: _Held) -> dict[str, Words]:
    found = held.policies.get(placing_rules.SHIPPING)
    if found is None:
        return {}
    rules = placing_rules.read_shipping(found.rules)
    return {
        "free_shipping_from": held.money(rules.free_from_minor),
        "shipping_countries": _in_each(lambda language: _countries(rules.served, language)),
        "shipping_charges": _in_each(lambda language: _charges(held, rules, language)),
    }


def _charges(held: _Held, rules: ShippingRules, language: Language) -> str:
    """Every rate in the order in which they hold: special regions first, then the rest."""
    parts = []
    for rate in reversed(rules.rates):
        amount = formats.money(Money(rate.charge_minor, held.channel.currency), language)
        if language is Language.JAPANESE:
            where = "・".join(sorted(rate.regions)) or _countries(rate.countries, language)
            parts.append(f"{where}は{amount}")
        else:
            names = sorted(explaining.place(one, language) for one in rate.regions)
            where = ", ".join(names) or _countries(rate.countries, language)
            parts.append(f"{amount} ({where})")
    return formats.listing(parts, language)


def _countries(codes: Collection[str], language: Language) -> str:
    names = Locale(language.value).territories
    if set(codes) == {"JP"} and language is Language.JAPANESE:
        return "日本国内"
    return formats.listing([names.get(code, code) for code in sorted(codes)], language)


def _payments(held: _Held, session: Session) -> dict[str, Words]:
    paid = payments.kinds_lately(session, entries=_ENTRIES)
    of = orders.by_ids(session, {order_id for order_id, _kind in paid})
    kinds = {kind for order_id, kind in paid if of[order_id].channel_id == held.channel.id}
    found = held.policies.get(payment_rules.PAYMENTS)
    rules = payment_rules.read(found.rules) if found else payment_rules.DEFAULT
    return {
        "payment_methods": _listing([words for kind, words in _METHODS.items() if kind in kinds]),
        "slip_days": in_both(str(rules.slip_days)) if kinds & BY_SLIP else {},
    }


def _carriers(house: Runtime, session: Session) -> Words:
    """Those whose services are in use and whom we know by name."""
    used = {one.carrier for one in services.services(session) if one.is_active}
    known = [slug for slug in house.adapters.slugs(KIND) if slug in used]
    return _listing([cast(Carrier, house.adapters.get(KIND, slug)).names for slug in known])


def _listing(names: Collection[Words]) -> Words:
    if not names:
        return {}
    return _in_each(
        lambda language: formats.listing([one.get(language) or "" for one in names], language)
    )


def _in_each(said: Callable[[Language], str]) -> dict[str, str]:
    return {str(language): said(language) for language in Language}
