"""Mail as it comes, read: in any charset, by any program, and by nobody at all."""

import time
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.adapters.mail.pages import as_text
from oms_service.adapters.mail.reading import LONGEST_TEXT, Mail, Unreadable, read
from oms_service.adapters.mail.reports import ReportKind, guess
from oms_service.kernel.languages import Language
from tests.factories.letters import (
    SAMPLES,
    a_bounce,
    a_complaint,
    a_mail,
    a_sample,
    multipart,
)


@pytest.mark.parametrize("one", SAMPLES, ids=[one["name"] for one in SAMPLES])
def test_each_sample(one: dict[str, Any]) -> None:
    found = read(a_sample(one))
    assert found.text == one.get("said", one["body"])
    assert found.subject == one["subject"]
    assert (found.sender, found.sender_name) == ("misaki.sato@example.jp", "佐藤")
    assert found.automatic == ""


def test_what_is_answered_is_named_the_nearest_first() -> None:
    more = {"References": "<a@x.jp>\r\n <b@x.jp> <c@x.jp>", "In-Reply-To": "<c@x.jp>"}
    assert read(a_mail(more=more)).references == ("<c@x.jp>", "<b@x.jp>", "<a@x.jp>")


def test_every_address_it_was_sent_to_is_known() -> None:
    to = 'Desk <Desk+Rabc@Shop.example>, "desk, eve@x.jp" <other@shop.example>'
    found = read(a_mail(to=to, more={"Delivered-To": "desk@shop.example", "Cc": "nobody"}))
    assert found.to == ("desk+rabc@shop.example", "other@shop.example", "desk@shop.example")


def test_files_come_along_by_their_names() -> None:
    found = read(
        a_mail(
            files={
                "箱の写真.jpg": ("image/jpeg", b"\xff\xd8\xff"),
                "a.ics": ("text/calendar", b"BEGIN:VCALENDAR"),
            }
        )
    )
    assert [(one.name, one.content) for one in found.files] == [
        ("箱の写真.jpg", b"\xff\xd8\xff"),
        ("a.ics", b"BEGIN:VCALENDAR"),
    ]
    assert found.text == "いつ届きますか。"


def test_of_two_ways_to_say_it_the_plain_one_is_read() -> None:
    ways = [
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nplain",
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>page</p>",
    ]
    head = b"From: a@b.jp\r\n"
    assert read(head + multipart("alternative", ways)).text == "plain"
    empty = [b"Content-Type: text/plain\r\n\r\n \r\n", ways[1]]
    assert read(head + multipart("alternative", empty)).text == "page"


def test_mail_within_mail_is_read_where_nothing_else_is_said() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\n" + a_mail("中のメールです")
    found = read(b"From: a@b.jp\r\n" + multipart("mixed", [inner]))
    assert found.text == "中のメールです"
    assert len(found.files) == 1
    said = b"Content-Type: text/plain\r\n\r\noutside"
    assert read(b"From: a@b.jp\r\n" + multipart("mixed", [said, inner])).text == "outside"


def test_parts_nested_without_end_are_looked_at_so_far() -> None:
    part = b"Content-Type: text/plain\r\n\r\ndeep"
    for depth in range(60):
        part = multipart("mixed", [part], boundary=f"b{depth}")
    assert read(b"From: a@b.jp\r\n" + part).text == ""


@pytest.mark.parametrize(
    ("more", "sign"),
    [
        ({"Auto-Submitted": "auto-replied"}, "auto"),
        ({"Auto-Submitted": "no"}, ""),
        ({"X-Auto-Response-Suppress": "DR, OOF, AutoReply"}, "auto"),
        ({"Subject": "Automatic reply: away"}, "auto"),
        ({"Subject": "自動返信: 休業のお知らせ"}, "auto"),
        ({"Subject": "不在のお知らせ", "Auto-Submitted": "auto-replied"}, "auto"),
        # What a carrier leaves in a letter box is what people write about.
        ({"Subject": "不在のお知らせ"}, ""),
        ({"Subject": "不在通知が入っていました"}, ""),
        ({"List-Id": "<news.example.jp>"}, "list"),
        ({"Precedence": "bulk"}, "bulk"),
        ({"Return-Path": "<>"}, "no_sender"),
        ({"From": "MAILER-DAEMON@mx.example.jp"}, "machine"),
        ({"From": "no-reply@shop.example"}, "machine"),
        ({"From": "nobody"}, "no_sender"),
    ],
)
def test_what_no_person_wrote_is_known_by_its_signs(more: dict[str, str], sign: str) -> None:
    assert read(a_mail(more=more)).automatic == sign


def test_a_report_says_which_letter_and_why() -> None:
    found = read(a_bounce("<a1-x@shop.example>", to="desk@shop.example", gone="gone@example.jp"))
    assert found.report is not None
    assert (found.report.kind, found.report.status) == (ReportKind.FAILED, "5.1.1")
    assert found.report.recipient == "gone@example.jp"
    assert found.report.originals == ("<a1-x@shop.example>",)
    assert found.report.is_hard
    assert "@" not in found.report.detail


@pytest.mark.parametrize(
    ("status", "action", "is_hard"),
    [
        ("5.1.1", "failed", True),
        ("5.0.0", "failed", True),
        ("5.2.2", "failed", False),
        ("5.7.1", "failed", False),
        ("4.4.1", "failed", False),
        ("4.4.1", "delayed", False),
        ("2.0.0", "delivered", False),
    ],
)
def test_only_an_address_that_does_not_work_is_given_up(
    status: str, action: str, *, is_hard: bool
) -> None:
    found = read(a_bounce("<a@b>", to="desk@shop.example", status=status, action=action)).report
    assert found is not None
    assert found.is_hard is is_hard


def test_a_complaint_says_of_which_letter() -> None:
    found = read(a_complaint("<a1-x@shop.example>", to="x@shop.example", by="m@example.jp")).report
    assert found is not None
    assert (found.kind, found.recipient) == (ReportKind.COMPLAINT, "m@example.jp")
    assert found.originals == ("<a1-x@shop.example>",)


def test_a_report_in_words_of_its_own_is_judged_by_its_numbers() -> None:
    assert guess("550 5.1.1 <x@y>: unknown").is_hard
    assert guess("Remote host said: 550 no such user").is_hard
    assert guess("452 4.2.2 mailbox full").kind is ReportKind.DELAYED
    assert not guess("it did not work").is_hard


def test_a_long_mail_is_read_as_far_as_it_may_be() -> None:
    found = read(a_mail("あ" * 50_000, subject="い" * 500))
    assert (len(found.text), len(found.subject)) == (LONGEST_TEXT, 200)


def test_what_a_page_hides_is_not_read_and_what_is_quoted_is_marked() -> None:
    page = (
        "<p>見える</p><div style='display:none'>隠れた</div><p hidden>x"
        "<blockquote type=cite>引用<br>二行</blockquote><pre>a\n b</pre>"
    )
    assert as_text(page) == "見える\n\nx\n\n> 引用\n> 二行\n\na\n b"


HEADERS = st.sampled_from(
    [
        b"From: a@b.jp\r\n",
        b"From: =?utf-8?B?broken\r\n",
        b"Subject: =?iso-2022-jp?B?GyRCJUEbKEI=?=\r\n",
        b"Subject: =?x?q?=FF?= \x82\xa0\r\n",
        b"Message-ID: <>\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n",
        b'Content-Type: text/html; charset="\xff"\r\n',
        b"Content-Type: text/plain; charset*=utf-8''%FF\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: uuencode\r\n",
        b"References: <a@b> \x00 <c\r\n",
        b"To: =?utf-8?q?a?=@b, <<>>, (((\r\n",
        b"\r\n",
        b"--x\r\n",
        b"--x--\r\n",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"<div><blockquote><p>&#xD800;&#0;\x1b$B\xff\r\n",
    ]
)


@given(st.lists(st.one_of(HEADERS, st.binary(max_size=60)), max_size=20).map(b"".join))
def test_any_bytes_are_read_or_refused_by_name(raw: bytes) -> None:
    try:
        found: Mail = read(raw)
    except Unreadable:
        return
    said = f"{found.subject}{found.text}{found.rest}{found.sender}{found.sender_name}"
    said.encode()  # nothing in it that cannot be stored
    assert "\0" not in said
    assert found.language in {*Language, None}


_A_MB: Final = 1_000_000
_PLAIN: Final = b"Content-Type: text/plain; charset=utf-8\n\n"
_PAGE: Final = b"Content-Type: text/html; charset=utf-8\n\n"
_MIXED: Final = b"Content-Type: multipart/mixed; boundary=x\n\n"


@pytest.mark.parametrize(
    "rest",
    [
        _PLAIN + b"a\n" * (_A_MB // 4),
        _PLAIN + b" " * _A_MB + b"x",
        _PAGE + b"<p>" + b"a<b></b>" * (_A_MB // 8),
        _PAGE + b"<" * _A_MB,
        _PAGE + b"<!--" * (_A_MB // 4),
        _PAGE + b"<!--a>" * (_A_MB // 6),
        _PAGE + b"<![CDATA[" * (_A_MB // 9),
        b"Content-Type: multipart/mixed;" + b"a=b;" * (_A_MB // 4) + b"boundary=x\n\n--x\n\na\n",
        b"Content-Type: multipart/alternative; boundary=x\n\n"
        + b"--x\nContent-Type: text/calendar\n\na\n" * 4_000,
    ],
    ids=["lines", "blank", "inline", "open", "comments", "cut", "sections", "header", "calendars"],
)
def test_hostile_mail_takes_no_longer_than_other_mail(rest: bytes) -> None:
    began = time.process_time()
    read(b"From: a@example.jp\nSubject: x\n" + rest)
    # Each took minutes where the work grew with the square of the length.
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (_MIXED + b"--x\n\na\n" * 6_000, "too many parts"),
        (
            b"".join(
                b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (one, one)
                for one in range(80)
            ),
            "too many parts",
        ),
        (_PLAIN + b"\n" * 600_000, "too many lines"),
    ],
    ids=["parts", "nested", "lines"],
)
def test_mail_that_nobody_writes_is_refused(rest: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(b"From: a@example.jp\nSubject: x\n" + rest)


def test_what_a_page_leaves_open_is_read_as_far_as_it_goes() -> None:
    raw = (
        b"From: a@example.jp\nSubject: x\n"
        + _PAGE
        + b"<p>one</p><![if !mso]>two<![endif]><!-- never"
    )
    assert read(raw).text == "one\n\ntwo never"
