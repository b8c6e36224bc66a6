"""A customer who does a task's actions by talking to the chat, one plain sentence at a time.

They know what a customer knows: their name, zip code and mail, what is in their orders and in the
catalogue, and what they want. They speak over HTTP as the widget does, and understand the bot by
the kind of answer it ``asks`` for, by its buttons and its words. Of the product they import
nothing, and they never say the id of an item or of a payment method.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final, Protocol

from tests.acceptance import retail_phrases as say

#: Nobody goes on longer than this about one wish.
_MOST_TURNS: Final = 14
_MOST_CORRECTIONS: Final = 3
#: Told the same so often, people give up.
_MOST_THE_SAME: Final = 4
#: Questions about what comes in the place of something.
_OF_SWAPS: Final = frozenset({"version", "more", "lines", "several", "quantity"})
_FINDING: Final = frozenset({"find_user_id_by_name_zip", "find_user_id_by_email"})
_KINDS: Final = {
    "cancel_pending_order": "cancel",
    "modify_pending_order_address": "address",
    "modify_pending_order_payment": "payment",
    "modify_pending_order_items": "items",
    "modify_user_address": "usual_address",
    "return_delivered_order_items": "return",
    "exchange_delivered_order_items": "exchange",
}
_ADDRESS: Final = ("address1", "address2", "city", "state", "country", "zip")
#: By how a button's value begins, what is asked when it is there; the first that fits counts.
_BY_BUTTON: Final = (
    ("confirm:", "confirm"),
    ("items:all", "more"),
    ("version:", "version"),
    ("method:", "method"),
    ("quantity:", "quantity"),
    ("reason:", "reason"),
    ("line:", "lines"),
    ("order:", "which_order"),
    ("identify:", "who"),
    ("clarify:", "which_wish"),
)
_AS_PAID: Final = re.compile(r"the way you paid", re.IGNORECASE)
#: What a button says that means the wish.
_LABELS: Final = {
    "cancel": re.compile(r"\bcancel", re.IGNORECASE),
    "address": re.compile(r"\baddress", re.IGNORECASE),
    "usual_address": re.compile(r"\baddress", re.IGNORECASE),
    "payment": re.compile(r"\bpay\b", re.IGNORECASE),
    "items": re.compile(r"\bchange what\b|\bitems\b", re.IGNORECASE),
    "return": re.compile(r"\breturn", re.IGNORECASE),
    "exchange": re.compile(r"\bexchange", re.IGNORECASE),
}
_PARTS: Final = (
    (re.compile(r"postal|zip", re.IGNORECASE), "zip"),
    (re.compile(r"state|region|prefecture", re.IGNORECASE), "state"),
    (re.compile(r"city|town", re.IGNORECASE), "city"),
)


class Talk(Protocol):
    """A conversation with the shop."""

    @property
    def is_with_people(self) -> bool: ...

    def say(self, text: str) -> Mapping[str, Any]:
        """What comes back to a sentence: the last message, with ``owner`` beside it."""
        ...

    def press(self, value: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Person:
    """What somebody knows of themselves."""

    name: str
    zip: str
    mail: str
    methods: Mapping[str, Mapping[str, Any]]
    says_mail: bool


@dataclass(frozen=True, kw_only=True)
class Swap:
    """One thing of an order and the version wanted in its place, by their options."""

    line: Mapping[str, Any]
    new: Mapping[str, str] | None = None
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One thing to be done, in the customer's terms."""

    kind: str
    order: str = ""
    lines: Sequence[Mapping[str, Any]] = ()
    """All that is in the order."""
    swaps: Sequence[Swap] = ()
    method: Mapping[str, Any] | None = None
    is_as_paid: bool = False
    """Whether the method is the one that the order was paid with."""
    reason: str = ""
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Customer:
    """Talks about one wish after another."""

    person: Person
    rng: Random
    talk: Talk
    said: list[str] = field(default_factory=list)
    """The conversation as it went, for whoever wants to know why something was not done."""

    def wants(self, wish: Wish) -> bool:
        """Whether the shop did it after a yes, as far as it said so."""
        return _About(self, wish).settle()

    def asks(self, text: str) -> None:
        """A question; who they are is told if the shop wants to know."""
        answer = self.send(text)
        for _ in range(_MOST_TURNS):
            if asked(answer) not in {"who", "proof"}:
                return
            answer = self.send(self.who_they_are(asked(answer), ""))

    def send(self, text: str) -> Mapping[str, Any]:
        return self._noted(text, self.talk.say(text))

    def press(self, value: str, label: str) -> Mapping[str, Any]:
        return self._noted(f"[{label}]", self.talk.press(value))

    def phrase(self, kind: str, **of: str) -> str:
        return say.phrase(kind, self.rng, **of)

    def who_they_are(self, what: str, order: str) -> str:
        known = self.person
        if what == "proof" and order and not known.says_mail:
            return self.phrase("named", name=known.name, zip=known.zip)
        if what == "proof" and order:
            return self.phrase("mail", mail=known.mail)
        if known.says_mail:
            return self.phrase("mail_and_zip", mail=known.mail, zip=known.zip)
        return self.phrase("named", name=known.name, zip=known.zip)

    def _noted(self, said: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        self.said += [f"customer: {said}", f"shop: {answer.get('text', '')}"]
        return answer


def asked(answer: Mapping[str, Any]) -> str:
    """What the shop wants to hear; ``nothing`` when the matter is closed."""
    if answer.get("asks") is None:
        return "nothing"
    values = [choice["value"] for choice in answer.get("choices", ())]
    for start, kind in _BY_BUTTON:
        if any(value.startswith(start) for value in values):
            return "proof" if kind == "who" and answer["asks"] == "proof" else kind
    return str(answer["asks"])


@dataclass
class _About:
    """One wish on its way."""

    customer: Customer
    wish: Wish
    corrections: int = 0
    named: set[int] = field(default_factory=set)
    """Which of the swaps were spoken of."""
    tries: Counter[str] = field(default_factory=Counter)
    has_agreed: bool = False
    has_said_method: bool = False

    def settle(self) -> bool:
        answer = self.customer.send(self._opening())
        told: Counter[str] = Counter()
        for _ in range(_MOST_TURNS):
            kind = asked(answer)
            if answer.get("owner") == "people":
                return False
            if kind == "nothing":
                return self.has_agreed
            told[str(answer.get("text"))] += 1
            if max(told.values()) > _MOST_THE_SAME:
                break
            self.tries[kind] += 1
            answer = self._answer(kind, answer)
        self.customer.send(self.customer.phrase("leave"))
        return False

    def _opening(self) -> str:
        wish, of = self.wish, {"order": say.order(self.wish.order, self.customer.rng)}
        match wish.kind:
            case "address" | "usual_address":
                of["address"] = self._address()
            case "payment":
                of["method"] = self._method()
            case "return":
                of["items"] = self._items()
            case "items" | "exchange":
                self.named.add(0)
                of |= self._swap(0)
        return self.customer.phrase(wish.kind, **of)

    def _answer(self, kind: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        if kind in _OF_SWAPS and not self.wish.swaps:
            # That was another wish, which came to nothing.
            return self.customer.send(self.customer.phrase("leave"))
        if kind == "confirm":
            return self._at_the_end(answer)
        if kind == "version":
            return self._version(answer)
        if kind == "which_wish":
            return self._which_wish(answer)
        return self.customer.send(self._reply(kind, answer))

    def _reply(self, kind: str, answer: Mapping[str, Any]) -> str:
        text = str(answer["text"])
        replies: Mapping[str, Callable[[], str]] = {
            "who": lambda: self.customer.who_they_are("who", ""),
            "proof": self._proof,
            "mail": lambda: self.customer.phrase("mail", mail=self.customer.person.mail),
            "order": self._order,
            "which_order": self._order,
            "choice": self._order,
            "reason": lambda: self.customer.phrase(self.wish.reason or "why_return"),
            "method": lambda: self.customer.phrase("method", method=self._method()),
            "address": lambda: self._part(text) if self.wish.address else self._opening(),
            "quantity": lambda: str(self._count(text)),
            "more": self._more,
            "lines": self._which,
            "several": self._which,
        }
        reply = replies.get(kind)
        # Asked about something else altogether, people say once more what they want.
        return reply() if reply is not None else self._opening()

    def _proof(self) -> str:
        is_first = self.wish.order and not self.tries["who"]
        return self.customer.who_they_are("proof", self.wish.order if is_first else "")

    def _order(self) -> str:
        return self.customer.phrase("order", order=say.order(self.wish.order, self.customer.rng))

    def _which(self) -> str:
        if self.wish.kind == "return":
            return self.customer.phrase("only_items", items=self._items())
        place = self._unsaid(or_else=0)
        self.named.add(place)
        if self.tries["lines"] > 1:
            item = self._swap(place)["item"]
            return self.customer.phrase("which_item", item=item)
        return self.customer.phrase("also_swap", **self._swap(place)).removeprefix("Yes, ")

    def _more(self) -> str:
        place = self._unsaid()
        if place is None:
            return self.customer.phrase("no_more")
        self.named.add(place)
        return self.customer.phrase("also_swap", **self._swap(place))

    def _which_wish(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Offered several wishes to choose from: the one that is meant, else said once more."""
        for one in answer["choices"]:
            if _LABELS[self.wish.kind].search(one["label"]):
                return self.customer.press(one["value"], one["label"])
        return self.customer.send(self._opening())

    def _version(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Which version: what differs; asked again, all of it; then the button that says so."""
        swap = self._swap_asked(str(answer["text"]))
        new = swap.new or {}
        wanted = {value.casefold() for value in new.values()}
        buttons = [one for one in answer["choices"] if one["value"].startswith("version:")]
        fitting = [one for one in buttons if _mentions_all(one["label"], wanted)]
        if self.tries["version"] > 2 * len(self.wish.swaps) and fitting:
            return self.customer.press(fitting[0]["value"], fitting[0]["label"])
        is_whole = self.tries["version"] > len(self.wish.swaps)
        words = say.version(swap.line["options"], new, self.customer.rng, is_whole=is_whole)
        return self.customer.send(self.customer.phrase("which_version", version=words))

    def _swap_asked(self, text: str) -> Swap:
        """The swap whose thing the question is about."""
        about = [one for one in self.wish.swaps if one.line["name"].casefold() in text.casefold()]
        exact = [
            one
            for one in about
            if _mentions_all(text, {value.casefold() for value in one.line["options"].values()})
        ]
        return next(iter([*exact, *about, *self.wish.swaps]))

    def _at_the_end(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read what is proposed: agree, or say what is missing; no in the end."""
        correction = self._correction(str(answer["text"]))
        if not correction:
            self.has_agreed = True
            return self.customer.send(self.customer.phrase("yes"))
        self.corrections += 1
        if self.corrections > _MOST_CORRECTIONS:
            self.has_agreed = False
            return self.customer.send(self.customer.phrase("no"))
        return self.customer.send(correction)

    def _correction(self, text: str) -> str:
        customer, wish = self.customer, self.wish
        for place, swap in enumerate(wish.swaps):
            wanted = {swap.line["name"].casefold()}
            if swap.new:
                wanted |= {
                    value.casefold()
                    for option, value in swap.new.items()
                    if swap.line["options"].get(option) != value
                }
            if not _mentions_all(text, wanted):
                if wish.kind == "return":
                    return customer.phrase("only_items", items=self._items())
                self.named.add(place)
                return customer.phrase("also_swap", **self._swap(place)).removeprefix("Yes, ")
        if wish.kind == "return" and self._says_too_much(text):
            return customer.phrase("only_those", items=self._items())
        is_unsaid = not self.has_said_method or self._is_paid_otherwise(text)
        if wish.method is not None and not self._is_paid_so(text) and is_unsaid:
            return customer.phrase("other_method", method=self._method())
        return ""

    def _says_too_much(self, text: str) -> bool:
        """Whether more things are shown than are wanted."""
        wanted = Counter(swap.line["name"].casefold() for swap in self.wish.swaps)
        shown = text.casefold()
        names = {line["name"].casefold() for line in self.wish.lines}
        return any(shown.count(f'"{name}"') > wanted[name] for name in names)

    def _is_paid_so(self, text: str) -> bool:
        """Whether the way to pay that is shown is the one wanted."""
        if self.wish.is_as_paid and _AS_PAID.search(text):
            return True
        return _names_method(text, self.wish.method or {})

    def _is_paid_otherwise(self, text: str) -> bool:
        """Whether another way to pay is shown: whoever insists on theirs does not agree."""
        others = [one for one in self.customer.person.methods.values() if one != self.wish.method]
        return bool(_AS_PAID.search(text)) or any(_names_method(text, one) for one in others)

    def _unsaid(self, or_else: int | None = None) -> Any:
        return next((n for n in range(len(self.wish.swaps)) if n not in self.named), or_else)

    def _swap(self, place: int) -> dict[str, str]:
        swap, rng = self.wish.swaps[place], self.customer.rng
        return {
            "item": self._item(swap),
            "version": say.version(swap.line["options"], swap.new or {}, rng),
        }

    def _items(self) -> str:
        return say.listed([self._item(swap) for swap in self.wish.swaps])

    def _item(self, swap: Swap) -> str:
        words = say.item(swap.line, self.wish.lines, self.customer.rng)
        there = sum(one["item_id"] == swap.line["item_id"] for one in self.wish.lines)
        return words if there == swap.count == 1 else f"{swap.count} of {words}"

    def _count(self, text: str) -> int:
        about = [one for one in self.wish.swaps if one.line["name"].casefold() in text.casefold()]
        return next(iter([*about, *self.wish.swaps])).count

    def _method(self) -> str:
        self.has_said_method = True
        every = list(self.customer.person.methods.values())
        return say.method(self.wish.method or {}, every, self.customer.rng)

    def _part(self, text: str) -> str:
        """The part of an address that is asked for, after the whole was said once."""
        if self.tries["address"] > 1:
            part = next((name for words, name in _PARTS if words.search(text)), None)
            if part is not None:
                return self.wish.address[part]
        return self.customer.phrase("only_address", address=self._address())

    def _address(self) -> str:
        return say.address(self.wish.address, self.customer.rng)


def _names_method(text: str, method: Mapping[str, Any]) -> bool:
    end = str(method.get("last_four") or "")
    kind = str(method.get("source", "")).replace("_", " ")
    return end in text and kind in text.casefold()


def _mentions_all(text: str, words: set[str]) -> bool:
    folded = text.casefold()
    return all(one in folded for one in words)


# From the file


def person_of(task: Mapping[str, Any], data: Mapping[str, Any]) -> Person:
    """Who the customer is: as the shop is told to find them, else whose orders they speak of."""
    actions = _actions(task)
    story = task.get("user_scenario") or {}
    told = story.get("instructions") or {}
    known = str(told.get("known_info") or told) if isinstance(told, Mapping) else str(told)
    user = None
    says_mail = "@" in known
    for action in actions:
        found = _found(action, data)
        if found is not None:
            user, says_mail = found, action["name"] == "find_user_id_by_email"
    if user is None:
        user = _owner(actions, known, data)
    return Person(
        name=f"{user['name']['first_name']} {user['name']['last_name']}",
        zip=user["address"]["zip"],
        mail=user["email"],
        methods=user["payment_methods"],
        says_mail=says_mail,
    )


#: Somebody whom the shop does not know: nothing may come of what they say.
_STRANGER: Final[Mapping[str, Any]] = {
    "name": {"first_name": "Robin", "last_name": "Nobody"},
    "address": {"zip": "00000"},
    "email": "robin.nobody@example.com",
    "payment_methods": {},
}


def _found(action: Mapping[str, Any], data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if action["name"] not in _FINDING:
        return None
    told = {name: str(text).casefold() for name, text in action["arguments"].items()}

    def fits(user: Mapping[str, Any]) -> bool:
        facts = {**user["name"], "email": user["email"], "zip": user["address"]["zip"]}
        return all(str(facts.get(name, "")).casefold() == text for name, text in told.items())

    return next((user for user in data["users"].values() if fits(user)), None)


def _owner(
    actions: Sequence[Mapping[str, Any]], known: str, data: Mapping[str, Any]
) -> Mapping[str, Any]:
    for action in actions:
        arguments = action["arguments"]
        order = data["orders"].get(arguments.get("order_id"), {})
        user_id = arguments.get("user_id") or order.get("user_id")
        if user_id in data["users"]:
            return _mapping(data["users"][user_id])
    for user_id, user in data["users"].items():
        full = f"{user['name']['first_name']} {user['name']['last_name']}"
        is_named = full in known and user["address"]["zip"] in known
        if user_id in known or user["email"] in known or is_named:
            return _mapping(user)
    for user in data["users"].values():
        if f"{user['name']['first_name']} {user['name']['last_name']}" in known:
            return _mapping(user)
    return _STRANGER


def _mapping(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return found


def wish_of(action: Mapping[str, Any], person: Person, data: Mapping[str, Any]) -> Wish:
    """An action that changes something, as its customer wants it."""
    arguments = action["arguments"]
    order = data["orders"].get(arguments.get("order_id"), {})
    lines = order.get("items", [])
    return Wish(
        kind=_KINDS[action["name"]],
        order=arguments.get("order_id", ""),
        lines=lines,
        swaps=list(_swaps(arguments, lines, data)),
        method=person.methods.get(arguments.get("payment_method_id", "")),
        is_as_paid={entry["payment_method_id"] for entry in order.get("payment_history", ())}
        == {arguments.get("payment_method_id")},
        reason=arguments.get("reason", ""),
        address={part: arguments[part] for part in _ADDRESS if part in arguments},
    )


def _swaps(
    arguments: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], data: Mapping[str, Any]
) -> Iterator[Swap]:
    old = list(arguments.get("item_ids", ()))
    new = list(arguments.get("new_item_ids", ())) or [None] * len(old)
    for (item_id, new_id), count in Counter(zip(old, new, strict=False)).items():
        line = next((one for one in lines if one["item_id"] == item_id), None)
        if line is None:
            continue
        versions = data["products"][line["product_id"]]["variants"]
        options = versions[new_id]["options"] if new_id in versions else None
        yield Swap(line=line, new=options, count=count)


def question_of(action: Mapping[str, Any], data: Mapping[str, Any], rng: Random) -> str:
    """What the customer would ask where the shop only looks something up; often nothing."""
    arguments = action["arguments"]
    match action["name"]:
        case "get_order_details" if arguments.get("order_id") in data["orders"]:
            return say.phrase("where", rng, order=say.order(arguments["order_id"], rng))
        case "get_product_details" if arguments.get("product_id") in data["products"]:
            name = data["products"][arguments["product_id"]]["name"]
            return say.phrase("stock", rng, product=name.lower())
        case "get_user_details":
            return say.phrase("which_orders", rng)
        case "transfer_to_human_agents":
            return say.phrase("person", rng)
    return ""


def is_writing(action: Mapping[str, Any]) -> bool:
    return action["name"] in _KINDS


def _actions(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    criteria = task.get("evaluation_criteria") or {}
    every = criteria.get("actions") or task.get("actions") or []
    return [
        {
            "name": str(action.get("name")),
            "arguments": action.get("arguments") or action.get("kwargs") or {},
        }
        for action in every
    ]


def play(
    task: Mapping[str, Any],
    data: Mapping[str, Any],
    seed: int,
    open_talk: Callable[[], Talk],
    said: list[str],
    meanwhile: Callable[[], None],
) -> None:
    """Do a task by talking; a conversation that people took over is followed by another.

    Args:
        task: as the tasks file has it.
        data: the shop's file.
        seed: draws the words.
        open_talk: begins a conversation.
        said: takes what is said, line by line.
        meanwhile: lets the shop do what follows of a wish, before the next one comes.
    """
    rng = Random(f"{seed}:{task.get('id')}")  # noqa: S311 - which words are said is no secret
    actions = _actions(task)
    person = person_of(task, data)
    wishes = [wish_of(action, person, data) for action in actions if is_writing(action)]
    customer = Customer(person, rng, open_talk(), said)
    for wish in wishes:
        if customer.talk.is_with_people:
            customer.talk = open_talk()
        if customer.wants(wish) and wish.kind == "usual_address":
            customer.person = replace(person, zip=wish.address["zip"])
        meanwhile()
    if not wishes:
        questions = [question_of(action, data, rng) for action in actions]
        for text in filter(None, questions or [say.phrase("which_orders", rng)]):
            customer.asks(text)
