"""What customers of a retail shop say: the same wish in words of several people, drawn by a seed.

Nothing here is an id: items are called by their names and options, ways to pay by their kind.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "cancel": (
        "I want to cancel order {order}.",
        "Please cancel my order {order}.",
        "Can you cancel order {order} for me?",
        "I'd like to cancel order {order}, please.",
        "I have to cancel my order {order}.",
        "Could you please cancel order number {order}?",
    ),
    "no longer needed": (
        "I don't need it anymore.",
        "It is no longer needed.",
        "I no longer need it.",
        "We don't need it any more.",
        "No longer needed.",
    ),
    "ordered by mistake": (
        "I ordered it by mistake.",
        "It was ordered by mistake.",
        "That order was a mistake.",
        "I placed the order by accident.",
        "Ordered by mistake.",
    ),
    "address": (
        "Please change the shipping address of order {order} to {address}.",
        "I want to change the address of order {order} to {address}.",
        "Can you send order {order} to {address} instead?",
        "I need to change the delivery address for order {order}. The new one is {address}.",
        "Order {order} has to go to another address: {address}.",
    ),
    "usual_address": (
        "Please change my default address to {address}.",
        "I want to change the address in my profile to {address}.",
        "Can you update the address of my account to {address}?",
        "Please update my default address. The new one is {address}.",
        "I moved, so my account address has to be changed to {address}.",
    ),
    "only_address": (
        "It is {address}.",
        "{address}",
        "The new address is {address}.",
        "Please use {address}.",
        "That would be {address}.",
    ),
    "items": (
        "I want to change {item} in order {order} to {version}.",
        "In order {order}, please change {item} to {version}.",
        "Can you change {item} in my order {order} to {version}?",
        "I'd like to modify order {order}: instead of {item} I want {version}.",
        "Please swap {item} in order {order} for {version}.",
    ),
    "payment": (
        "I want to pay for order {order} with {method} instead.",
        "Please change the payment of order {order} to {method}.",
        "Can you change the payment method of order {order} to {method}?",
        "I'd like to use {method} to pay for order {order}.",
        "Could I change how I pay for order {order}? I want to use {method}.",
    ),
    "return": (
        "I want to return {items} from order {order}.",
        "I'd like to return {items} of order {order}.",
        "Can I return {items} from my order {order}?",
        "Please help me return {items} from order {order}.",
        "I'd like to send back {items} from order {order}.",
    ),
    "only_items": (
        "{items}, please.",
        "It is {items}.",
        "{items}",
        "I mean {items}.",
        "That would be {items}.",
    ),
    "only_those": (
        "No, only {items}.",
        "Only {items}, please.",
        "No, just {items}.",
        "I only want to return {items}.",
        "Just {items}.",
    ),
    "why_return": (
        "I no longer need it.",
        "I changed my mind.",
        "I just don't want it anymore.",
        "It is not what I expected.",
        "I don't need it any more.",
    ),
    "exchange": (
        "I want to exchange {item} from order {order} for {version}.",
        "I'd like to exchange {item} of order {order} for {version}.",
        "Can I exchange {item} in my order {order} for {version}?",
        "Please exchange {item} from order {order} for {version}.",
        "I received order {order} and want to exchange {item} for {version}.",
    ),
    "also_swap": (
        "Yes, also {item}: I want {version}.",
        "Yes, {item} too, for {version}.",
        "Also {item}, to {version}.",
        "And {item} for {version}.",
        "Yes, please also change {item} to {version}.",
    ),
    "which_item": (
        "{item}",
        "It is {item}.",
        "{item}, please.",
        "I mean {item}.",
        "That would be {item}.",
    ),
    "which_version": (
        "{version}, please.",
        "I want {version}.",
        "{version}",
        "I'd like {version}.",
        "It should be {version}.",
    ),
    "no_more": (
        "No, that is all.",
        "That's all.",
        "No, nothing else.",
        "No, thanks.",
        "No, just that.",
    ),
    "method": (
        "{method}, please.",
        "Please use {method}.",
        "With {method}.",
        "{method}",
        "I'd like to use {method}.",
    ),
    "other_method": (
        "Please use {method} for it.",
        "I'd rather use {method}.",
        "Could it be {method}?",
        "Please use {method} instead.",
        "I want to use {method}.",
    ),
    "named": (
        "I am {name} and my zip code is {zip}.",
        "My name is {name}, zip code {zip}.",
        "I'm {name}, {zip}.",
        "This is {name}, my zip code is {zip}.",
        "{name}, zip {zip}.",
    ),
    "zip": (
        "My zip code is {zip}.",
        "The zip code is {zip}.",
        "{zip}",
        "zip {zip}",
        "It's {zip}.",
    ),
    "mail": (
        "My email is {mail}.",
        "{mail}",
        "It is {mail}.",
        "My email address is {mail}.",
        "You can find me under {mail}.",
    ),
    "mail_and_zip": (
        "My email is {mail} and my zip code is {zip}.",
        "{mail}, zip code {zip}.",
        "It is {mail}, and my zip code is {zip}.",
        "My email address is {mail}, zip {zip}.",
        "I ordered with {mail}, my zip code is {zip}.",
    ),
    "order": (
        "It is order {order}.",
        "{order}",
        "The order number is {order}.",
        "Order {order}.",
        "That would be {order}.",
    ),
    "yes": ("Yes.", "Yes, please.", "Yes, go ahead.", "Yes, please do.", "Yes, that is right."),
    "no": ("No.", "No, thank you.", "No, please don't.", "No, leave it.", "No, not like that."),
    "leave": (
        "Never mind.",
        "Forget it.",
        "Leave it, then.",
        "Never mind, thank you.",
        "OK, forget about it.",
    ),
    "where": (
        "Where is my order {order}?",
        "What is the status of order {order}?",
        "Can you tell me about order {order}?",
        "When will order {order} arrive?",
        "Where's order {order} now?",
    ),
    "which_orders": (
        "What orders do I have?",
        "Can you show me my orders?",
        "Please list my orders.",
        "I would like to see my orders.",
        "What did I order?",
    ),
    "stock": (
        "Which {product} options do you have in stock?",
        "How many {product} options are there now?",
        "What versions of the {product} are available?",
        "Do you have the {product} in stock?",
        "Is the {product} available?",
    ),
    "person": (
        "I want to talk to a person.",
        "Can I speak to a human, please?",
        "Please connect me with an agent.",
        "I'd like to talk to a real person.",
        "Let me talk to a human.",
    ),
}
_KINDS: Final = {"credit_card": "credit card", "paypal": "PayPal", "gift_card": "gift card"}
_UNSPEAKING: Final = frozenset({"yes", "no", "none"})
_LETTERS: Final = frozenset({"XS", "S", "M", "L", "XL", "XXL"})
#: Values that say little without the name of what they are a value of.
_BARE: Final = frozenset({"high", "low", "medium", "large", "small", "full", "half", "fixed"})


def phrase(kind: str, rng: Random, **of: str) -> str:
    """One of the ways of saying it, beginning as sentences do."""
    said = rng.choice(PHRASES[kind]).format(**of)
    return said[0].upper() + said[1:]


def order(number: str, rng: Random) -> str:
    """With and without the sign that the shop writes before it."""
    return rng.choice((number, number.removeprefix("#")))


def listed(things: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} and {things[-1]}"


def item(line: Mapping[str, Any], others: Sequence[Mapping[str, Any]], rng: Random) -> str:
    """A thing of an order by its name, with what tells it from others of that name."""
    name = rng.choice((line["name"], line["name"].lower()))
    own = line["options"]
    alike = [
        one for one in others if one["name"] == line["name"] and one["item_id"] != line["item_id"]
    ]
    telling: list[str] = []
    for option, value in sorted(own.items(), key=lambda pair: pair[1] in _UNSPEAKING):
        left = [one for one in alike if one["options"].get(option) == value]
        if len(left) < len(alike):
            telling.append(_said(option, value, is_bare=True))
            alike = left
    behind = [one for one in telling if one.startswith(("with", "no "))]
    before = [one for one in telling if one not in behind]
    rest = " and ".join(behind)
    with_rest = f"with {rest}" if rest.startswith("no ") else rest
    return f"the {' '.join((*before, name))} {with_rest}".strip()


def version(
    old: Mapping[str, str], new: Mapping[str, str], rng: Random, *, is_whole: bool = False
) -> str:
    """What one thing shall become: what differs, or all its options."""
    changed = {
        option: value for option, value in new.items() if is_whole or old.get(option) != value
    }
    if rng.random() < 0.5:
        parts = listed([_said(option, value, is_bare=False) for option, value in changed.items()])
        return rng.choice(("one with {}", "the one with {}", "the version with {}")).format(parts)
    parts = ", ".join(_said(option, value, is_bare=True) for option, value in changed.items())
    return rng.choice(("the {} one", "the {} version", "the {} model")).format(parts)


def _said(option: str, value: str, *, is_bare: bool) -> str:
    """One option as people name it: ``blue``, ``size L``, ``high brightness``, ``no backlight``."""
    is_noun = " " in option
    if value == "yes":
        return f"with {option}" if is_noun and is_bare else option
    if value == "no":
        return f"without {option}" if is_noun and is_bare else f"not {option}"
    if value == "none":
        return f"no {option}"
    if value.isdecimal() or value in _LETTERS:
        return f"{option} {value}"
    if value in _BARE:
        return f"{value} {option}"
    return value if is_bare else f"{option} {value}"


def method(wanted: Mapping[str, Any], of_customer: Sequence[Mapping[str, Any]], rng: Random) -> str:
    """``my PayPal``, ``the gift card``; which card, where there are several."""
    kind = _KINDS.get(wanted["source"], wanted["source"].replace("_", " "))
    alike = [one for one in of_customer if one["source"] == wanted["source"]]
    plain = (f"my {kind}", f"the {kind}")
    if not wanted.get("last_four"):
        return rng.choice(plain)
    brand = str(wanted["brand"]).title()
    exact = (
        f"the card ending in {wanted['last_four']}",
        f"my {brand} ending {wanted['last_four']}",
    )
    return rng.choice(exact if len(alike) > 1 else (*plain, *exact))


def address(parts: Mapping[str, str], rng: Random) -> str:
    """In one line, as it is written in its country."""
    street = ", ".join(part for part in (parts["address1"], parts["address2"]) if part)
    town = f"{parts['city']}, {parts['state']} {parts['zip']}"
    return rng.choice((f"{street}, {town}", f"{street}, {town}, {parts['country']}"))
