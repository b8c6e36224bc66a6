"""Words for one colour or size, in both languages: whoever says one of them means all."""

import re
from typing import Final

from oms_service.kernel.text import folded

_GROUPS: Final = """
青 ブルー blue
赤 レッド red
白 ホワイト white
黒 ブラック black
緑 グリーン green
黄 イエロー yellow
茶 ブラウン brown
灰 グレー グレイ gray grey
紺 ネイビー navy
桃 ピンク pink
紫 パープル purple
橙 オレンジ orange
ベージュ beige
銀 シルバー silver
金 ゴールド gold
カーキ khaki
木綿 コットン cotton 綿
革 レザー leather
麻 リネン linen
羊毛 ウール wool
"""
_SIZES: Final = """
s small スモール
m medium ミディアム
l large ラージ
xl xlarge extralarge
xs xsmall extrasmall
"""
GROUPS: Final = tuple(frozenset(map(folded, line.split())) for line in _GROUPS.split("\n") if line)
SIZES: Final = tuple(frozenset(map(folded, line.split())) for line in _SIZES.split("\n") if line)
#: Sizes as they are read aloud, and units, brought to the form that options have them in.
_SPELLED: Final = (
    (re.compile(r"えっくすえる|えっくすらーじ"), "xl"),
    (re.compile(r"える(?=さいず|の|で|に|を|が|$)"), "l"),
    (re.compile(r"えむ(?=さいず|の|で|に|を|が|$)"), "m"),
    (re.compile(r"えす(?=さいず|の|で|に|を|が|$)"), "s"),
    (re.compile(r"せんち(?:めーとる)?"), "cm"),
    (re.compile(r"いんち|inches|-inch|\binch\b"), "inch"),
    (re.compile(r"extra[ -](?=large|small)"), "extra"),
    (re.compile(r"(?<=\d) (?=[a-z])"), ""),
)
_LATIN: Final = re.compile(r"[a-z0-9]+")


def spelled(text: str) -> str:
    """A matchable ``text`` with sizes and units in the form that options have."""
    for pattern, form in _SPELLED:
        text = pattern.sub(form, text)
    return text


def meant_by(text: str) -> frozenset[str]:
    """Every word for the colours, materials and sizes that a matchable ``text`` names."""
    words = frozenset(_LATIN.findall(text))
    said = [group for group in GROUPS if _is_said(text, words, group)]
    said += [
        group
        for group in SIZES
        if words & group or any(w in text for w in group if not w.isascii())
    ]
    return frozenset().union(*said)


def _is_said(text: str, words: frozenset[str], group: frozenset[str]) -> bool:
    return any(word in (words if word.isascii() else text) for word in group)
