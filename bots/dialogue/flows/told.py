"""What customers said when they began, and the little that is read from it. Pure."""

import re
from typing import Final

from bots.dialogue.turns import Frame

#: As much of a message as a question is read from.
MOST_READ: Final = 300
_PROOF: Final = re.compile(r"\S+@\S+|\+?\d[\d\s()-]{7,}\d")
_BALANCE: Final = re.compile(
    r"残高|ギフト(?:カード|券)|ストアクレジット|balance|gift ?cards?|store credit", re.IGNORECASE
)
_POINTS: Final = re.compile(r"ポイント|\bpoints?\b", re.IGNORECASE)
_CONTENTS: Final = re.compile(
    r"内容|明細|中身|合計|金額|いくら|何点|何個|どのカード|詳細|何で払|支払"
    r"|what(?:['’]?s| is| was| are| were)? in\b|contents?|how much|how many|total|details?"
    r"|which (?:card|method)|(?:did i|i) pa(?:y|id)|\bpaid\b",
    re.IGNORECASE,
)
_SUMS: Final = re.compile(
    r"(?:先月|今月|全部|すべて|これまで|今まで).{0,12}(?:合計|金額|いくら)"
    r"|(?:all|each) (?:of )?my orders.{0,30}(?:total|cost|much)"
    r"|(?:total|spent|pay|paid).{0,30}(?:all (?:of )?my orders|last month|this month|so far)"
    r"|how much (?:have i|did i) sp(?:end|ent)",
    re.IGNORECASE,
)
_LAST: Final = re.compile(
    r"前回|最後の|直近|最新|この前|一番新しい|\b(?:last|latest|previous|newest|(?:most )?recent)\b",
    re.IGNORECASE,
)
_INVOICE: Final = re.compile(
    r"請求書|インボイス|いんぼいす|適格|納品書|明細|invoice|\bvat\b|\bbill\b|tax", re.IGNORECASE
)
_FEEDBACK: Final = re.compile(
    r"口コミ|くちこみ|レビュー|感想|意見|要望|提案|よかった|良かった|嬉し|うれし|満足|素晴らし|気に入"
    r"|feedback|reviews?\b|suggest|compliment|\b(?:love|loved|great|excellent|happy|amazing)\b",
    re.IGNORECASE,
)
_ANGRY: Final = re.compile(
    r"苦情|クレーム|くれーむ|ひどい|最悪|ありえ|がっかり|不愉快|二度と|ふざけ|詐欺|態度|不満"
    r"|complain|terrible|unacceptable|disappoint|worst|useless|never (?:buy|shop|order)|rude|awful"
    r"|ridiculous|pathetic|angry|scam|horrible|disgust|furious|fed up|not happy|unhappy",
    re.IGNORECASE,
)
_UNITS: Final = re.compile(
    r"残り.{0,4}(?:いく|何|なん)|いくつ(?:あり|残)|何(?:個|点|枚|本)(?:あり|残)|在庫数"
    r"|how many.{0,30}(?:left|in stock|there|available)|number in stock",
    re.IGNORECASE,
)
_PRICE: Final = re.compile(
    r"いくら|値段|価格|おいくら|料金|how much|\bprices?\b|\bcosts?\b", re.IGNORECASE
)
_WEIGHT: Final = re.compile(r"重さ|重量|何グラム|weigh|heavy", re.IGNORECASE)
_SIZE: Final = re.compile(
    r"寸法|大きさ|何センチ|サイズ|dimensions?|how (?:big|large|tall|wide|long)|measure|\bsize\b",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(
    r"[?？]\s*$|(?:ますか|ですか|でしょうか|んか|るか|の)[。\s]*$|教えて|知りたい"
    r"|^\W*(?:how|what|which|where|when|who|do|does|did|is|are|can|could|will)\b",
    re.IGNORECASE,
)
_JAPANESE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
#: Such a message says what happened; a shorter one only that something did.
_SIGNS_ENOUGH: Final = 11
_WORDS_ENOUGH: Final = 7


def kept(words: str) -> list[str]:
    """What a frame keeps of a message: no mail address, no number that could be a phone's."""
    plain = _PROOF.sub(" ", words)[:MOST_READ].strip()
    return [plain] if plain else []


def said(frame: Frame) -> str:
    """What was said so far, the first message first."""
    return " ".join(map(str, frame.data.get("said", ())))[:MOST_READ]


def is_about_balance(words: str) -> bool:
    return _BALANCE.search(words) is not None and _POINTS.search(words) is None


def is_about_contents(words: str) -> bool:
    return _CONTENTS.search(words) is not None


def is_about_sums(words: str) -> bool:
    return _SUMS.search(words) is not None


def means_the_last(words: str) -> bool:
    return _LAST.search(words) is not None


def wants_invoice(words: str) -> bool:
    return _INVOICE.search(words) is not None


def is_feedback(words: str) -> bool:
    """Whether somebody wants to say what they think, and is not upset."""
    return _FEEDBACK.search(words) is not None and _ANGRY.search(words) is None


def asks_units(words: str) -> bool:
    return _UNITS.search(words) is not None


def asks_price(words: str) -> bool:
    return _PRICE.search(words) is not None


def asks_weight(words: str) -> bool:
    return _WEIGHT.search(words) is not None


def asks_size(words: str) -> bool:
    return _SIZE.search(words) is not None


def is_question(words: str) -> bool:
    return _QUESTION.search(words.strip()) is not None


def says_what_happened(words: str) -> bool:
    """Whether a complaint tells more than that there is one."""
    if _JAPANESE.search(words):
        return len(words.strip()) >= _SIGNS_ENOUGH
    return len(words.split()) >= _WORDS_ENOUGH
