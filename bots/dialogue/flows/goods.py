"""Products: whether something is there, in which choices, where, for how much, and what it is."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from typing import Any, Final

from bots.dialogue.flows import told
from bots.dialogue.flows.choosing import names_of
from bots.dialogue.moves import HUMAN, MENU, TRACK, Move, ask, finish, pressed, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import NAMES, Heard, Intent, Kind, Option

MORE: Final = Button("intent:product_info", "button.product_info")
STOCK: Final = Button("intent:product_availability", "button.stock")
#: Fewer than these are said by their number, as a shop window does.
FEW: Final = 5
#: Choices that are told one by one.
MOST_TOLD: Final = 8
#: Asked for the name of a product so often, then a person helps.
MOST_TRIES: Final = 2
#: Wishes in which somebody may well name a product.
_NEAR: Final = frozenset({Intent.PLACE_ORDER, Intent.CHANGE_ITEMS, Intent.EXCHANGE_ITEM})


class Goods:
    intents = frozenset({Intent.PRODUCT_AVAILABILITY, Intent.PRODUCT_INFO})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        found = frame.data.get("found")
        if found:
            return _told(frame, found)
        return _find(frame, None)

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        chosen = pressed(heard, "product") or next(iter(heard.choices), None)
        if chosen:
            return _find(frame, chosen)
        is_other = heard.intent is not None and heard.intent not in {*self.intents, *_NEAR}
        if heard.pressed is not None or heard.is_act_all or is_other or not heard.text.strip():
            return None
        wish = {"intent": str(heard.intent)} if heard.intent in self.intents else {}
        kept = frame.data.get("said", ())[-1:] if frame.step == "which" else ()
        return _find(frame.having(said=[*kept, *told.kept(heard.text)], **wish), None)

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        match result.outcome:
            case "ok":
                return _told(frame, result.data)
            case "several":
                return ask(frame.having(step="choose"), _choose(result.data))
        if state.product and not frame.data.get("is_again"):
            # ``it`` is what was spoken of last.
            return _find(frame.having(is_again=True), state.product)
        return _ask(frame)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("offer.declined", buttons=MENU))


def _find(frame: Frame, product: str | None) -> Move:
    arguments = {"words": told.said(frame), "product": product}
    return run(frame, Call("find_product", arguments))


def _ask(frame: Frame) -> Move:
    tries = int(frame.data.get("tries", 0))
    if tries >= MOST_TRIES:
        return Move(None, opens=Frame("offer", {"intent": frame.data["intent"]}))
    key = "goods.unknown" if tries else "goods.which"
    asked = frame.having(step="which", tries=tries + 1)
    return ask(asked, Question(Kind.TEXT, Say(key, buttons=(HUMAN,))))


def _choose(data: Data) -> Question:
    found = data["products"]
    buttons = tuple(
        Button(f"product:{one['product']}", "button.product", {"name": one["name"]})
        for one in found
    )
    options = tuple(Option(one["product"], NAMES.join(names_of(one["name"]))) for one in found)
    return Question(Kind.OPTION, Say("goods.choose", buttons=(*buttons, HUMAN)), options)


def _told(frame: Frame, data: Data) -> Move:
    words = told.said(frame)
    is_about = frame.data.get("intent") == Intent.PRODUCT_INFO
    says = _about(data, words) if is_about else _stock(data, words)
    buttons = (STOCK, HUMAN) if is_about else (MORE, TRACK, HUMAN)
    last = says[-1]
    says[-1] = Say(last.key, last.params, buttons)
    return finish(*says, product=data["product"])


# Whether it is there


def _stock(data: Data, words: str) -> list[Say]:
    variants = data["variants"]
    says = _lacking(data)
    if data["place"]:
        says += _at_place(data, variants)
    elif len(variants) == 1:
        says += _one(data, variants[0], words)
    else:
        says += _many(data, variants)
    if data["shops"] and not data["place"]:
        says.append(Say("goods.shops", {"shops": data["shops"]}))
    return says


def _lacking(data: Data) -> list[Say]:
    if not data["lacking"]:
        return []
    return [Say("goods.lacking", {"name": data["name"], "lacking": data["lacking"]})]


def _at_place(data: Data, variants: list[Data]) -> list[Say]:
    place = data["place"]
    params: dict[str, Any] = {**_what(data, variants), "place": place["name"]}
    if not place["units"]:
        says = [Say(f"goods.not_at_place{_plain(variants)}", params)]
        if data["shops"]:
            says.append(Say("goods.shops", {"shops": data["shops"]}))
        return says
    says = [Say(f"goods.at_place{_plain(variants)}", params)]
    if place.get("ready_by"):
        says.append(Say("goods.ready_by", {"at": place["ready_by"]}))
    return [*says, *_prices(variants)]


def _what(data: Data, variants: list[Data]) -> dict[str, Any]:
    said = {"name": data["name"]}
    return said if _plain(variants) else {**said, "options": variants[0]["options"]}


def _plain(variants: list[Data]) -> str:
    """The ending of texts that name no choice: there is only one, or several are meant."""
    is_one = len(variants) == 1 and any(names_of(variants[0]["options"]))
    return "" if is_one else "_plain"


def _one(data: Data, variant: Data, words: str) -> list[Say]:
    params: dict[str, Any] = {**_what(data, [variant]), "units": variant["units"]}
    plain = _plain([variant])
    if variant["units"]:
        is_counted = variant["units"] < FEW or told.asks_units(words)
        there = "few" if is_counted else "there"
        return [Say(f"goods.{there}{plain}", params), *_prices([variant])]
    if variant["sells_ahead"]:
        return [Say(f"goods.ahead{plain}", params), *_ahead(variant), *_prices([variant])]
    return [Say(f"goods.gone{plain}", params), *_coming(variant)]


def _ahead(variant: Data) -> list[Say]:
    if variant["ships_by"]:
        return [Say("goods.ships_by", {"day": variant["ships_by"]})]
    return _coming(variant)


def _coming(variant: Data) -> list[Say]:
    if variant["ships_by"]:
        return [Say("goods.ships_by", {"day": variant["ships_by"]})]
    if variant["expected_on"]:
        return [Say("goods.expected", {"day": variant["expected_on"]})]
    return [Say("goods.no_date")]


def _many(data: Data, variants: list[Data]) -> list[Say]:
    """How many there are, how many of them are there now, and which."""
    there = [one for one in variants if one["units"]]
    count = {"name": data["name"], "count": len(variants), "there": len(there)}
    key = "narrowed" if data["is_narrowed"] else "many"
    if not there:
        ahead = [one for one in variants if one["sells_ahead"]]
        days = sorted(one["ships_by"] or one["expected_on"] or "" for one in variants)
        known = [day for day in days if day]
        says = [Say("goods.all_gone" if not ahead else "goods.all_ahead", count)]
        if not known:
            return says if ahead else [*says, Say("goods.no_date")]
        return [*says, Say("goods.ships_by" if ahead else "goods.expected", {"day": known[0]})]
    gone = [one for one in variants if not one["units"]]
    says = [Say(f"goods.{key}_all" if not gone else f"goods.{key}", count)]
    if len(there) <= MOST_TOLD:
        says += [_variant(one) for one in there]
    else:
        says += [Say("goods.option", {"option": one}) for one in data["options"]]
        if 0 < len(gone) <= MOST_TOLD:
            says.append(Say("goods.gone_are"))
            says += [Say("goods.variant_gone", {"options": one["options"]}) for one in gone]
        says += _prices(there)
    return says


def _variant(variant: Data) -> Say:
    params = {"options": variant["options"], "units": variant["units"]}
    few = "_few" if variant["units"] < FEW else ""
    if variant["price"]:
        return Say(f"goods.variant{few}", {**params, "price": variant["price"]})
    return Say(f"goods.variant{few}_unpriced", params)


def _prices(variants: list[Data]) -> list[Say]:
    known = [one["price"] for one in variants if one["price"]]
    if not known:
        return []
    lowest = min(known, key=lambda one: one["minor"])
    highest = max(known, key=lambda one: one["minor"])
    if lowest["minor"] == highest["minor"]:
        return [Say("goods.price", {"price": lowest})]
    return [Say("goods.prices", {"lowest": lowest, "highest": highest})]


# What it is


def _about(data: Data, words: str) -> list[Say]:
    """What was asked first, as far as it is known; then what the shop window says."""
    says = _lacking(data)
    if data["answer"]:
        return [*says, Say("answer.said", {"text": data["answer"]["text"]})]
    asked = _asked(data, words)
    says += asked
    if any(names_of(data["description"])):
        about = {"name": data["name"], "description": data["description"]}
        says.append(Say("goods.about", about))
    else:
        says.append(Say("goods.named", {"name": data["name"]}))
    if data["count"] > 1:
        says += [Say("goods.option", {"option": one}) for one in data["options"]]
    if not told.asks_price(words):
        says += _prices(data["variants"])
    if data["is_final_sale"]:
        says.append(Say("goods.final_sale"))
    if not asked:
        says.append(Say("goods.ask_more"))
    return says


def _asked(data: Data, words: str) -> list[Say]:
    says = []
    if told.asks_price(words):
        says += _prices(data["variants"])
    if told.asks_weight(words) and data["weight_g"]:
        says.append(Say("goods.weight", {"name": data["name"], "grams": data["weight_g"]}))
    if told.asks_size(words) and data["size_mm"]:
        length, width, height = data["size_mm"]
        measures = {"name": data["name"], "length": length, "width": width, "height": height}
        says.append(Say("goods.size", measures))
    return says


FLOW = Goods()
