"""A conversation written down."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bots.transcripts import LONGEST, Transcript
from oms_service.conversations.states import AuthorKind, Direction
from oms_service.conversations.views import MessageView
from oms_service.kernel.languages import Language


def said(seq: int, kind: AuthorKind, text: str, *, hour: int = 3) -> MessageView:
    return MessageView(
        id=seq,
        conversation_id=1,
        seq=seq,
        key=f"k{seq}",
        direction=Direction.IN if kind is AuthorKind.CUSTOMER else Direction.OUT,
        author_kind=kind,
        author="",
        language=Language.JAPANESE,
        subject="",
        text=text,
        extra={"files": [{"name": "<photo>.jpg"}]} if seq == 2 else {},
        at=datetime(2026, 11, 22, hour, 0, tzinfo=UTC),
        state=None,
    )


def written(*messages: MessageView, language: Language = Language.JAPANESE) -> Transcript:
    return Transcript(messages, "みなと商店", language, ZoneInfo("Asia/Tokyo"))


def test_it_says_who_said_what_and_when_in_the_shops_zone() -> None:
    talk = written(
        said(1, AuthorKind.BOT, "こんにちは。"),
        said(2, AuthorKind.CUSTOMER, "壊れています\n写真です"),
        said(3, AuthorKind.AGENT, "確認します。", hour=16),
    )
    assert talk.text() == (
        "みなと商店とのチャットの記録\n\n-- 2026年11月22日 --\n\n自動応答 12時\nこんにちは。\n\n"
        "お客様 12時\n壊れています\n写真です\n[ファイル: <photo>.jpg]\n\n"
        "-- 2026年11月23日 --\n\n担当者 1時\n確認します。\n"
    )


def test_words_of_people_are_never_markup() -> None:
    page = written(
        said(1, AuthorKind.CUSTOMER, '<img src=x onerror="a()"> https://shop.example/?a=1&b="2'),
        said(2, AuthorKind.BOT, "ok"),
        language=Language.ENGLISH,
    ).html()
    assert "<img" not in page
    assert "&lt;photo&gt;.jpg" in page
    assert '<a href="https://shop.example/?a=1&amp;b=&quot;2"' in page


def test_of_a_long_conversation_the_end_is_kept() -> None:
    many = [said(n, AuthorKind.CUSTOMER, f"{n}" + "x" * 1_000) for n in range(3, 100)]
    text = written(*many).text()
    assert len(text) < LONGEST + 5_000
    assert "省略" in text
    assert "99x" in text
    assert "\n3x" not in text
