"""What is made of likelihoods: act, ask which of three, or say that it was not understood.

Acts and finer wishes are what rules know better; they come first. Then the likeliest label
counts, if it is likely enough for what would follow from it.
"""

import re
from dataclasses import replace
from typing import Final, NamedTuple

from bots.understanding.heard import Act, Expecting, Heard, Intent, Kind
from bots.understanding.model import Ranks, Recogniser
from bots.understanding.seed import ACTS, FINER, OUT_OF_SCOPE
from bots.understanding.vectors import masked
from oms_service.kernel.languages import Language


class Threshold(NamedTuple):
    likely: float
    ahead: float
    """How much likelier than the second."""


#: A mistaken answer costs a glance.
TELLING: Final = Threshold(0.45, 0.10)
#: So few words say no more than the rules can read, and these read the same answer.
AGREED: Final = Threshold(0.30, 0.10)
_FEW: Final = 30
#: A wish for a change and what it is about, as short as people say it.
_VERY_FEW: Final = {Language.JAPANESE: 15, Language.ENGLISH: _FEW}
#: A mistaken flow costs questions, until it is left.
BEGINNING: Final = Threshold(0.60, 0.20)
#: A mistaken flow that ends in a change frightens whoever did not ask for one.
CHANGING: Final = Threshold(0.90, 0.80)
#: A wish in the midst of a question has to be plain: the words may well be the answer.
INTERRUPTING: Final = Threshold(0.80, 0.40)
#: What the words name themselves need be no likelier than this.
NAMED: Final = 0.25
#: Below it nothing is offered: it was not understood.
HEARD_AT_ALL: Final = 0.20
#: What is acted upon, but is less likely than this, comes with what else could be meant.
BEYOND_DOUBT: Final = 0.90
#: A part of a message stands for a wish of its own if the whole message has a trace of it.
TRACE: Final = 0.02
#: As many as are offered to choose from.
OFFERED: Final = 3

#: Wishes that are answered, and change nothing.
TOLD: Final = frozenset(
    {
        Intent.TRACK_ORDER,
        Intent.DELIVERY_ETA,
        Intent.REPORT_DELAY,
        Intent.ORDER_HISTORY,
        Intent.ACCOUNT_HELP,
        Intent.CANCELLATION_POLICY,
        Intent.COUPON_POINTS,
        Intent.INVOICE_RECEIPT,
        Intent.PAYMENT_METHODS,
        Intent.PLACE_ORDER,
        Intent.PRODUCT_AVAILABILITY,
        Intent.PRODUCT_INFO,
        Intent.REFUND_STATUS,
        Intent.RETURN_POLICY,
        Intent.SHIPPING_INFO,
    }
)
#: Wishes of people who speak of goods: whoever names a version of something seems to.
_OF_GOODS: Final = frozenset({Intent.PLACE_ORDER, Intent.PRODUCT_AVAILABILITY, Intent.PRODUCT_INFO})
#: What a number of an order is most often sent for; telling it costs nothing.
_OF_ONE_ORDER: Final = frozenset({Intent.TRACK_ORDER, Intent.DELIVERY_ETA})
#: So sure, rules that hear a wish are not told that it is none of a shop's.
_PLAIN: Final = 0.5
#: Wishes that end in a change of an order, money or an account.
CONSEQUENTIAL: Final = frozenset(
    {
        Intent.CANCEL_ORDER,
        Intent.CHANGE_ADDRESS,
        Intent.CHANGE_DELIVERY_DATE,
        Intent.CHANGE_ITEMS,
        Intent.CHANGE_PAYMENT,
        Intent.EXCHANGE_ITEM,
        Intent.REFUND_REQUEST,
        Intent.RETURN_ITEM,
    }
)
#: What answers a question: where none was asked, hardly anybody means it.
_ANSWERS: Final = frozenset({"affirm", "deny"})
#: Acts that are no answer by themselves: a wish in the same words wins.
_WEAK: Final = frozenset({Act.LEAVE, Act.DONT_KNOW})
#: Words that are left when numbers, mails and links are taken away.
_WORDS: Final = re.compile(r"[^\W\d_]{2,}|[ぁ-んァ-ヶ一-鿿]")
_SIGNS: Final = re.compile(r"\b(?:mail|link|phone|order|0)\b|注文")
_PARTS: Final = re.compile(
    r"(?<=[.!?;])\s+|[。!?;\n]+"
    r"|,?\s+(?:and|but)?\s*\b(?:also|besides|another thing|by the way)\b,?\s*"
    # A plain "and" between two things is none; before a request or a question it is.
    r"|,?\s+(?:and|then|plus)\s+(?=(?:please|can|could|would|will|wheres?|when|what|whats|why|how"
    r"|is|are|do|does|did|has|have|i|i'd|tell|send|let|change|cancel|return|exchange|give|show"
    r"|check|refund|update|find|track)\b)"
    r"|[、,]?\s*(?:それと|それから|あと、|あとは、|ついでに|あわせて|併せて|ちなみに)"
    r"|(?<=[てでしとが])、",
    re.IGNORECASE,
)
_SHORTEST_PART: Final = 6
_MOST_PARTS: Final = 5


def recognised(heard: Heard, recogniser: Recogniser, expecting: Expecting | None) -> Heard:
    """``heard`` with the wishes that its words most likely mean.

    Args:
        heard: what rules made of the message.
        recogniser: weighs what the words may mean.
        expecting: what the last question asked for: while one is open, words are rather its
            answer than a wish, and nothing is called unclear or out of scope.
    """
    if heard.wanted_language or not says_anything(heard.text):
        return heard
    whole, *parts = _ranked(heard, recogniser)
    heard = replace(heard, ranked=wishes_of(whole))
    if heard.act and heard.is_act_all and heard.act not in _WEAK:
        return heard
    if expecting is not None:
        return _interrupting(heard, whole, expecting)
    if heard.follow_up and heard.intent is None:
        return heard
    return _settled(heard, whole, parts)


def parts_of(text: str) -> list[str]:
    """The parts of a message that may each hold a wish."""
    return [part.strip(" ,、") for part in _PARTS.split(text) if part]


def says_anything(text: str) -> bool:
    """Whether there are words besides numbers and addresses."""
    return bool(_WORDS.search(_SIGNS.sub(" ", masked(text))))


def is_sure(ranks: Ranks, *, at_least: Threshold | None = None) -> bool:
    """Whether the first of ``ranks`` is likely enough for what would follow from it."""
    (label, first), *others = ranks
    second = others[0][1] if others else 0.0
    needed = at_least or threshold_of(label)
    return first >= needed.likely and first - second >= needed.ahead


def threshold_of(label: str) -> Threshold:
    if label in CONSEQUENTIAL:
        return CHANGING
    return BEGINNING if label in (set(Intent) - TOLD) | _ANSWERS else TELLING


def wishes_of(ranks: Ranks) -> tuple[tuple[Intent, float], ...]:
    """The wishes among ``ranks`` that may be offered, without acts and what is out of scope."""
    return tuple((Intent(label), p) for label, p in ranks if label in set(Intent))[:OFFERED]


def doubted(heard: Heard) -> tuple[Intent, ...]:
    """The wishes to offer beside what is acted upon; none where that is beyond doubt."""
    if heard.is_unsure or not 0 < heard.confidence < BEYOND_DOUBT:
        return ()
    coarse = FINER.get(heard.intent, frozenset()) if heard.intent else frozenset()
    others = [one for one, _ in heard.ranked if one is not heard.intent and one not in coarse]
    return tuple(others[: OFFERED - 1])


def _ranked(heard: Heard, recogniser: Recogniser) -> tuple[Ranks, ...]:
    """What the whole may mean, and each of its parts if it has several."""
    parts = parts_of(heard.text)
    telling = [part for part in parts if len(part) >= _SHORTEST_PART and says_anything(part)]
    several = telling[:_MOST_PARTS] if len(telling) > 1 else []
    return recogniser.rank([heard.text, *several], heard.language)


def _interrupting(heard: Heard, ranks: Ranks, expecting: Expecting) -> Heard:
    """A question is open: only a plain wish for something else interrupts it."""
    is_answer = heard.act or heard.choices or heard.reason or heard.intent
    if is_answer or ranks[0][0] not in set(Intent) or not is_sure(ranks, at_least=INTERRUPTING):
        return heard
    is_reason = expecting.kind is Kind.REASON and not _is_of_the_order(heard, ranks)
    if is_reason or _has_what_was_asked(heard, expecting):
        return heard
    return replace(heard, intent=Intent(ranks[0][0]), confidence=ranks[0][1])


def _has_what_was_asked(heard: Heard, expecting: Expecting) -> bool:
    """Whether the words hold what the question was for, and mean that: ``I'm Ann Lee, 10001``."""
    match expecting.kind:
        case Kind.PROOF:
            return any((heard.mail, heard.phone, heard.postal, heard.name))
        case Kind.ORDER:
            return bool(heard.mail or (heard.name and heard.postal))
        case Kind.MAIL:
            return bool(heard.mail)
        case Kind.ADDRESS:
            return heard.address is not None
    return False


def _settled(heard: Heard, whole: Ranks, parts: list[Ranks]) -> Heard:
    said = _wishes_of_parts(whole, parts, BEGINNING)
    plainly = _wishes_of_parts(whole, parts)
    label, likely = whole[0]
    sure = is_sure(whole) or _is_agreed(heard, whole) or _is_of_the_order(heard, whole)
    if heard.intent is not None and _is_named(heard.intent, whole):
        label, likely, sure = str(heard.intent), dict(whole)[heard.intent], True
    if not sure and plainly:
        label, likely = str(plainly[0]), dict(whole)[plainly[0]]
    elif not sure:
        is_wish = bool(heard.ranked) and likely >= HEARD_AT_ALL
        return replace(heard, intent=None, confidence=likely, is_unsure=is_wish)
    if label in ACTS:
        return replace(heard, act=ACTS[label], is_act_all=True, intent=None, confidence=likely)
    if label == OUT_OF_SCOPE and heard.intent and heard.ranked and heard.confidence >= _PLAIN:
        return replace(heard, intent=None, confidence=likely, is_unsure=True)
    if label == OUT_OF_SCOPE:
        return replace(heard, intent=None, confidence=likely, is_out_of_scope=True)
    intent = _finer(Intent(label), heard.intent)
    further = tuple(one for one in said if one != Intent(label))
    return replace(heard, intent=intent, confidence=likely, further=further)


def _is_named(by_rules: Intent, ranks: Ranks) -> bool:
    """Whether a change was asked for by its name, where the likeliest is no more than a question.

    ``I want to exchange the machine for one with 9 bar`` is half a question about machines.
    """
    (label, likely), *others = ranks
    is_vague = label in _OF_GOODS and likely < BEGINNING.likely
    return by_rules in CONSEQUENTIAL and is_vague and dict(others).get(by_rules, 0) >= NAMED


def _is_agreed(heard: Heard, ranks: Ranks) -> bool:
    """Whether the rules say the same of a short message, in which little else can be meant."""
    signs = len(masked(heard.text))
    if ranks[0][0] != heard.intent or signs > _FEW:
        return False
    if heard.intent in TOLD:
        return is_sure(ranks, at_least=AGREED)
    return signs <= _VERY_FEW[heard.language] and is_sure(ranks, at_least=BEGINNING)


def _is_of_the_order(heard: Heard, ranks: Ranks) -> bool:
    """Whether words with an order's number most likely ask where it is."""
    label, likely = ranks[0]
    return bool(heard.order_keys) and label in _OF_ONE_ORDER and likely >= NAMED


def _finer(intent: Intent, by_rules: Intent | None) -> Intent:
    if by_rules is not None and intent in FINER.get(by_rules, frozenset()):
        return by_rules
    return intent


def _wishes_of_parts(
    whole: Ranks, parts: list[Ranks], at_least: Threshold | None = None
) -> tuple[Intent, ...]:
    """What the parts of a message plainly ask for, in their order; as plainly as it needs."""
    traces = {label for label, p in whole if p >= TRACE}
    found = [
        Intent(ranks[0][0])
        for ranks in parts
        if ranks[0][0] in traces & set(Intent) and is_sure(ranks, at_least=at_least)
    ]
    return tuple(dict.fromkeys(found))
