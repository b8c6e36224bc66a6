"""Whether somebody merely takes leave: thanks, understood, goodbye, and nothing else."""

import re
from typing import Final

from oms_service.kernel.text import folded

#: Words of which a closing has at least one. As people write them; dress does not count.
_CLOSINGS: Final = (
    *[
        "ありがとう",
        "ありがとうございます",
        "ありがとうございました",
        "ありがとうです",
        "ありがとね",
    ],
    *["ありがと", "ありがとございます", "ありがとございました", "有難う", "有難うございます"],
    *["有難うございました", "有り難うございます", "有り難うございました", "あざす", "あざます"],
    *[
        "サンキュー",
        "サンクス",
        "どうも",
        "感謝",
        "感謝です",
        "感謝します",
        "感謝いたします",
        "感謝しています",
    ],
    *["感謝しております", "感謝申し上げます", "お礼申し上げます", "御礼申し上げます"],
    *[
        "助かりました",
        "助かります",
        "助かった",
        "助かりましたありがとう",
        "たすかりました",
        "たすかります",
    ],
    *[
        "了解",
        "了解です",
        "了解しました",
        "了解いたしました",
        "りょうかい",
        "りょうかいです",
        "りょ",
    ],
    *["承知", "承知です", "承知しました", "承知いたしました", "かしこまりました"],
    *["わかりました", "分かりました", "解りました", "わかった", "分かった", "理解しました"],
    *["解決しました", "解決です", "解決できました", "解決いたしました", "問題ありません"],
    *["問題ないです", "問題なしです", "大丈夫です", "大丈夫でした", "結構です"],
    *["無事届きました", "無事に届きました", "無事到着しました", "無事に到着しました"],
    *["無事受け取りました", "無事に受け取りました", "無事解決しました", "無事に解決しました"],
    *["安心しました", "安心です", "嬉しいです", "うれしいです", "満足です", "最高です", "完璧です"],
    *["素晴らしいです", "すばらしいです", "お世話になりました", "大変お世話になりました"],
    *["お世話様でした", "お疲れ様です", "お疲れ様でした", "お疲れさまでした"],
    *["失礼します", "失礼いたします", "失礼致します", "さようなら", "さよなら", "いえいえ"],
    *["はい", "ええ", "うん", "オッケー", "オッケーです", "オーケー", "おけ", "おk", "👍"],
    *[
        "thanks",
        "thank-you",
        "thx",
        "thnx",
        "thanx",
        "tnx",
        "ty",
        "tysm",
        "cheers",
        "great",
        "perfect",
        "ok",
        "okay",
        "okey",
    ],
    *[
        "got-it",
        "gotcha",
        "noted",
        "understood",
        "bye",
        "goodbye",
        "all-good",
        "thats-all",
        "that-is-all",
    ],
    *["that's-all", "much-appreciated", "appreciate-it", "appreciated", "awesome", "brilliant"],
    *[
        "wonderful",
        "lovely",
        "excellent",
        "super",
        "cool",
        "nice",
        "solved",
        "it-works",
        "it-works-now",
    ],
    *[
        "works-now",
        "that-helped",
        "it-helped",
        "very-helpful",
        "sounds-good",
        "that's-fine",
        "thats-fine",
    ],
    *[
        "all-fine",
        "no-problem",
        "all-set",
        "fine",
        "yes",
        "yep",
        "sure",
        "will-do",
        "regards",
        "take-care",
    ],
    *["have-a-nice-day", "have-a-good-day", "have-a-great-day", "have-a-nice-weekend"],
    *["have-a-good-weekend", "you-too", "you're-the-best", "youre-the-best", "good-to-know"],
)
#: Words that may stand around them and say nothing by themselves.
_AROUND: Final = (
    *[
        "本当に",
        "ほんとに",
        "ほんとうに",
        "誠に",
        "まことに",
        "とても",
        "大変",
        "たいへん",
        "この度は",
        "このたびは",
    ],
    *[
        "早速",
        "早速の",
        "さっそく",
        "さっそくの",
        "丁寧に",
        "丁寧な",
        "迅速に",
        "迅速な",
        "すぐに",
        "早い",
    ],
    *[
        "ご対応",
        "対応",
        "ご返信",
        "返信",
        "ご連絡",
        "連絡",
        "ご回答",
        "回答",
        "ご案内",
        "案内",
        "ご説明",
        "説明",
        "ご親切に",
    ],
    *[
        "いただき",
        "頂き",
        "いただきまして",
        "頂きまして",
        "いただいて",
        "頂いて",
        "くださり",
        "下さり",
    ],
    *[
        "くださって",
        "下さって",
        "してくださり",
        "して",
        "を",
        "で",
        "に",
        "も",
        "と",
        "の",
        "へ",
        "は",
        "ね",
        "よ",
        "です",
    ],
    *[
        "では",
        "それでは",
        "また",
        "担当者様",
        "ご担当者様",
        "担当の方",
    ],
    *[
        "皆様",
        "みなさま",
        "皆さん",
        "お店の方",
        "いろいろ",
        "色々",
        "いろいろと",
        "色々と",
        "重ね重ね",
        "笑",
        "w",
        "ww",
        "www",
        "mm",
    ],
    *[
        "so-much",
        "very-much",
        "a-lot",
        "again",
        "many",
        "very",
        "really",
        "for-your-help",
        "for-the-help",
    ],
    *["for-all-your-help", "for-helping", "for-your-support", "for-the-support", "for-your-time"],
    *[
        "for-everything",
        "for-your-reply",
        "for-the-reply",
        "for-the-quick-reply",
        "and",
        "i",
        "a",
        "it",
        "then",
    ],
    *["for-your-quick-reply", "for-the-quick-response", "for-your-quick-response", "now", "best"],
    *[
        "for-the-info",
        "for-the-information",
        "for-letting-me-know",
        "kind",
        "dear",
        "team",
        "everyone",
        "all",
    ],
    *["guys", "lot", "quick", "oh", "ah", "well", "yay", "lol", "xx", "x"],
)
#: Said before one takes leave it asks for nothing; alone, or after anything else, it may.
_TOGETHER: Final = tuple(
    before + then
    for before in (
        "ありがとうございます",
        "ありがとうございました",
        "今後とも",
        "これからも",
        "承知しました",
        "承知いたしました",
        "了解しました",
    )
    for then in (
        *("よろしくお願いします", "よろしくお願いいたします", "よろしくお願い致します"),
        *("宜しくお願いします", "宜しくお願いいたします", "宜しくお願い致します"),
    )
)
#: A face drawn with signs, such as (^^) or m(_ _)m, says no word.
_IN_FACE: Final = r"\([^()a-z0-9ぁ-ん一-龠]*[ovw]?[^()a-z0-9ぁ-ん一-龠]*\)"
_FACE: Final = re.compile(rf"m{_IN_FACE}m|[mo]?{_IN_FACE}(?:[movb/](?![a-z]))?")
_DRESS: Final = re.compile(r"[^\w]+|[_ー〜~]+")
#: A question or displeasure is never a mere closing, whatever stands beside it.
_MORE: Final = re.compile(r"[?❓❔👎😠😡🤬😞😟😢😭😤😣😖😩😫💢🙁☹😒😑💔🤮🤢😱😰🆘❌]")
#: Whoever writes more than this says something.
_LONGEST: Final = 160


def is_only_thanks(text: str) -> bool:
    """Whether ``text`` only takes leave, in either language, with whatever emoji around it.

    A question, a displeased face or any word besides makes it something to answer. Text with
    nothing in it at all takes no leave: something else came with it, such as a photo.
    """
    plain = folded(text)
    if not plain or _MORE.search(plain):
        return False
    bare = _bare(plain)
    return not bare or (len(bare) <= _LONGEST and _is_made_of_closings(bare))


def _bare(plain: str) -> str:
    return _DRESS.sub("", _FACE.sub("", plain))


def _by_length(phrases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(bare for one in phrases if (bare := _bare(folded(one))))


_CORE: Final = _by_length((*_CLOSINGS, *_TOGETHER))
_FILLER: Final = _by_length(_AROUND)
_LENGTHS: Final = tuple(sorted({len(one) for one in _CORE | _FILLER}))


def _is_made_of_closings(bare: str) -> bool:
    """Whether phrases one after another make all of it, and one of them takes leave."""
    end = len(bare)
    # For each place that phrases lead to: without a closing so far, and with one.
    reached = [[False, False] for _ in range(end + 1)]
    reached[0][0] = True
    for at in range(end):
        plain, closed = reached[at]
        if not (plain or closed):
            continue
        for length in _LENGTHS:
            if at + length > end:
                break
            phrase = bare[at : at + length]
            if phrase in _CORE:
                reached[at + length][1] = True
            elif phrase in _FILLER:
                there = reached[at + length]
                there[0], there[1] = there[0] or plain, there[1] or closed
    return reached[end][1]
