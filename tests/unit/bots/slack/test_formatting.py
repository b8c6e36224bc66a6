"""Slack's formatting becomes HTML, and nothing of what people write becomes anything else."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.slack.preview.formatting import mrkdwn, plain, rich

NAMES = {"U1": "Mika <Sato>", "C1": "cases"}
ALLOWED = {"strong", "em", "s", "code", "pre", "a", "br", "blockquote", "span", "ul", "ol", "li"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("*bold* _italic_ ~gone~", "<strong>bold</strong> <em>italic</em> <s>gone</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("a*b*c snake_case_name", "a*b*c snake_case_name"),
        ("`*code*`", "<code>*code*</code>"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("one\ntwo", "one<br>two"),
        (
            "before\n&gt; said\n&gt; more\nafter",
            "before<br><blockquote>said<br>more</blockquote>after",
        ),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("<@U1>", '<span class="slack-name">@Mika &lt;Sato&gt;</span>'),
        ("<#C1|other>", '<span class="slack-name">#other</span>'),
        ("<!here>", '<span class="slack-name">@here</span>'),
        ("<!date^1^{date}|tomorrow>", "tomorrow"),
        (
            "<https://x.example/?a=1&amp;b=2|A&lt;1>",
            (
                '<a href="https://x.example/?a=1&amp;b=2" target="_blank"'
                ' rel="noopener noreferrer">A&lt;1</a>'
            ),
        ),
        ("<javascript:alert(1)|press>", "&lt;javascript:alert(1)|press&gt;"),
        ('<https://x.example/"onclick="y>', None),
        (":truck: :unknown_one:", "🚚 :unknown_one:"),
    ],
)
def test_formatting_is_slacks(said: str, shown: str | None) -> None:
    made = str(mrkdwn(said, NAMES))
    if shown is None:
        assert '"onclick' not in made
        assert "&#34;onclick" in made
    else:
        assert made == shown


def test_plain_text_has_no_formatting() -> None:
    assert str(plain("*a* <https://x.example> &lt;\nb")) == (
        "*a* &lt;https://x.example&gt; &lt;<br>b"
    )


def test_what_was_typed_in_slacks_editor_is_shown() -> None:
    block = {
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "<b>", "style": {"bold": True}},
                    {"type": "user", "user_id": "U1"},
                    {"type": "link", "url": "https://x.example", "text": "x"},
                    {"type": "link", "url": "javascript:alert(1)"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}
                ],
            },
        ]
    }
    made = str(rich(block, NAMES))
    assert "<strong>&lt;b&gt;</strong>" in made
    assert "@Mika &lt;Sato&gt;" in made
    assert 'href="https://x.example"' in made
    assert 'href="javascript' not in made
    assert "<ol><li>one</li></ol>" in made


class Tags(HTMLParser):
    """What a browser would find in a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}
        for name, value in attrs:
            if name == "href":
                assert (value or "").lower().startswith(("http:", "https:", "mailto:"))


@given(st.text(alphabet="<>&|*_~`!@#:\"'/ab\n^htps;lg=", max_size=60))
def test_whatever_is_written_only_our_own_tags_come_of_it(said: str) -> None:
    reader = Tags()
    reader.feed(str(mrkdwn(said, NAMES)))
    assert reader.found <= ALLOWED
    assert reader.attributes <= {"href", "target", "rel", "class"}
