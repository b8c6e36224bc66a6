"""What a change is to lead to, what it starts from, and why."""

import pytest

from tests.unit.bots.understanding.slots.hearing import heard

#: wanted, had
ENGLISH = [
    ("change it to the red one in size L", ("red one in size l", "")),
    ("exchange the blue one for a red one", ("red one", "blue one")),
    ("swap my mug for the large mug please", ("large mug", "mug")),
    ("I'd like the green one instead of the blue one", ("green one", "blue one")),
    ("instead of the lamp I want the bottle", ("bottle", "lamp")),
    ("change the laptop to the 13-inch version", ("13-inch version", "laptop")),
    ("I want it in black instead", ("black", "")),
    ("the red one, not the blue one", ("red one", "blue one")),
    ("can I swap the small for the medium?", ("medium", "small")),
    ("replace the cotton shirt with a polyester one", ("polyester one", "cotton shirt")),
    ("switch to the cheapest one", ("cheapest one", "")),
    ("exchange the water bottle to a bigger one, and the lamp", ("bigger one", "water bottle")),
    ("upgrade it to the most expensive variant", ("most expensive variant", "")),
    ("could you change the color to navy", ("navy", "color")),
    ("modify the boots to a size 8", ("size 8", "boots")),
    ("I'd rather have the wireless one than that", ("", "")),
    ("please give me the large one rather than the small", ("large one", "small")),
    ("trade my lamp for the AC adapter version", ("ac adapter version", "lamp")),
    ("change order A-10423 to blue", ("blue", "")),
    ("update it into the v-neck", ("v-neck", "")),
    ("change it to purple, same size", ("purple", "")),
    ("I changed my mind", ("", "")),
    ("referral bonus not received", ("", "")),
    ("red instead of blue", ("red", "blue")),
    ("you sent a small one instead of a large one", ("", "")),
    ("kindly arrange exchange pick up for order 72100", ("", "")),
    ("where is my order", ("", "")),
    ("I want to return the lamp", ("", "")),
    ("change my address to 123 Main St, Springfield IL 62704", ("", "")),
    ("change the date to next Tuesday", ("", "")),
]
JAPANESE = [
    ("赤いのをLサイズに変更してください", ("lさいず", "赤いの")),
    ("青の代わりに赤がいい", ("赤", "青")),
    ("やっぱり赤で", ("赤", "")),
    ("青から赤に変えたい", ("赤", "青")),
    ("黒いTシャツを白に交換したい", ("白", "黒いtしゃつ")),
    ("赤に変更", ("赤", "")),
    ("Lサイズと交換してください", ("lさいず", "")),
    ("青ではなく赤にしてください", ("赤", "青")),
    ("青じゃなくて赤が欲しい", ("赤", "青")),
    ("マグカップを大きいサイズに取り替えて", ("大きいさいず", "まぐかっぷ")),
    ("ランプをやめてボトルにしたい", ("ぼとる", "らんぷ")),
    ("白をネイビーに替えてもらえますか", ("ねいびー", "白")),
    ("やはり黒にします", ("黒", "")),
    ("13インチに変えたいです", ("13いんち", "")),
    ("500mlのほうに変更できますか", ("500mlのほう", "")),
    ("MからLへ変更", ("l", "m")),
    ("色を紺に変更", ("紺", "色")),
    ("シャツはLサイズに変更で", ("lさいず", "しゃつ")),
    ("ポリエステルの代わりに綿のを", ("綿の", "ぽりえすてる")),
    ("一番安いものに変更したい", ("一番安い", "")),
    ("注文はどこですか", ("", "")),
    ("返品したい", ("", "")),
    ("やっぱりいらなくなった", ("", "")),
    ("変更じゃなくてキャンセルで", ("", "")),
    ("予約を取りやめにしたい", ("", "")),
    ("住所を東京都渋谷区神南1-2-3に変更", ("", "")),
    ("配達日を来週の火曜に変更", ("", "")),
    ("気が変わりました", ("", "")),
]
REASONS_EN = [
    ("I ordered it by mistake", "ordered_by_mistake"),
    ("it was an accident", "ordered_by_mistake"),
    ("I accidentally ordered twice", "ordered_by_mistake"),
    ("I no longer need it", "no_longer_needed"),
    ("don't need it anymore", "no_longer_needed"),
    ("I found it cheaper elsewhere", "no_longer_needed"),
    ("it takes too long", "takes_too_long"),
    ("I can't wait any longer", "takes_too_long"),
    ("it won't arrive in time", "takes_too_long"),
    ("it arrived broken", "damaged"),
    ("the screen is cracked", "damaged"),
    ("the bottle leaks", None),
    ("it doesn't work", "defective"),
    ("it won't turn on", "defective"),
    ("it stopped working after a day", "defective"),
    ("you sent the wrong item", "wrong_item"),
    ("this is not what I ordered", "wrong_item"),
    ("a part is missing", "missing"),
    ("the box was empty", "missing"),
    ("it never arrived", "not_received"),
    ("it says delivered but nothing came", "not_received"),
    ("my parcel was stolen", "not_received"),
    ("it is too small", "wrong_size"),
    ("it doesn't fit", "wrong_size"),
    ("I was charged twice", "duplicate"),
    ("the price dropped", "price"),
    ("it came too late", "late"),
    ("poor quality", "quality"),
    ("another reason", "other"),
    ("where is my order", None),
]
REASONS_JA = [
    ("間違えて注文しました", "ordered_by_mistake"),
    ("うっかり二つ注文", "ordered_by_mistake"),
    ("誤って購入した", "ordered_by_mistake"),
    ("いらなくなった", "no_longer_needed"),
    ("必要なくなりました", "no_longer_needed"),
    ("他の店で買いました", "no_longer_needed"),
    ("時間がかかりすぎる", "takes_too_long"),
    ("待てないので", "takes_too_long"),
    ("間に合わない", "takes_too_long"),
    ("割れていました", "damaged"),
    ("箱がへこんでいた", "damaged"),
    ("動かない", "defective"),
    ("電源が入りません", "defective"),
    ("初期不良です", "defective"),
    ("違う商品が届いた", "wrong_item"),
    ("注文と違うものです", "wrong_item"),
    ("部品が足りない", "missing"),
    ("1つ入っていません", "missing"),
    ("まだ届いていない", "not_received"),
    ("配達完了なのに受け取っていない", "not_received"),
    ("サイズが合わない", "wrong_size"),
    ("小さすぎた", "wrong_size"),
    ("二重に請求された", "duplicate"),
    ("値段が違う", "price"),
    ("遅れて届いた", "late"),
    ("縫製が雑", "quality"),
    ("その他の理由", "other"),
    ("注文はどこですか", None),
]


@pytest.mark.parametrize(("text", "words"), ENGLISH + JAPANESE)
def test_what_is_wanted_is_apart_from_what_one_has(text: str, words: tuple[str, str]) -> None:
    found = heard(text)
    assert (found.wanted_words, found.had_words) == words


@pytest.mark.parametrize(("text", "reason"), REASONS_EN + REASONS_JA)
def test_reasons_begin_with_the_most_exact(text: str, reason: str | None) -> None:
    assert next(iter(heard(text).reasons), None) == reason


def test_a_reason_of_a_return_is_among_others() -> None:
    found = heard("it doesn't work")
    assert (found.reasons, found.reason) == (("defective", "damaged"), "damaged")
    mistaken = heard("I ordered it by mistake")
    assert (mistaken.reasons, mistaken.reason) == (
        ("ordered_by_mistake", "changed_mind"),
        "changed_mind",
    )
