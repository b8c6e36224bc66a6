"""What every letter about a fact has to be, whatever it tells."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html import unescape

from oms_service.kernel.languages import Language

_LINK = re.compile(r"https?://[^\s<>\"]+")
_HREF = re.compile(r'href="(https?://[^"]+)"')
_TAG = re.compile(r"<style.*?</style>|<head>.*?</head>|<[^>]+>", re.DOTALL)
_NUMBER = re.compile(r"\d[\d,:./-]*\d|\d")
_COLOUR = re.compile(r'style="([^"]*)"')


def says_the_same(text: str, html: str) -> None:
    """Each number, date, amount and link that a text tells stands in its HTML as well."""
    hrefs = {unescape(one) for one in _HREF.findall(html)}
    assert set(_LINK.findall(text)) <= hrefs
    shown, words = as_shown(html), _LINK.sub(" ", text)
    assert [one for one in _NUMBER.findall(words) if one not in shown] == [], words


def as_shown(html: str) -> str:
    """HTML as it reads."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


@dataclass(frozen=True)
class Letter:
    """A mail as its reader's program shows it."""

    mail: EmailMessage

    @classmethod
    def of(cls, body: bytes) -> "Letter":
        return cls(message_from_bytes(body, policy=SMTP))

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])

    @property
    def text(self) -> str:
        """What is said, without what stands below every letter."""
        return self._part("plain").partition("\n\n-- \n")[0]

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def shown(self) -> str:
        """The HTML as it reads."""
        return as_shown(self.html)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.text)

    def check(self, language: Language, *, ends: bool, before: list["Letter"]) -> None:
        """All that holds of each letter; ``ends``: one press may end letters of its kind."""
        assert self.mail["Content-Language"] == language.value
        assert self.mail["Auto-Submitted"] == "auto-generated"
        assert f'lang="{language.value}"' in self.html
        says_the_same(self.text, self.html)
        self._check_colours()
        said = self.text + self.subject + self.shown
        assert "{" not in said
        assert "None" not in said
        kana = bool(re.search(r"[぀-ヿ]", self.subject))
        assert kana is (language is Language.JAPANESE)
        assert (self.mail["List-Unsubscribe"] is not None) is ends
        self._check_thread(before)

    def _check_colours(self) -> None:
        """Nothing light on light in a dark program: who sets a background sets the colour too."""
        for style in _COLOUR.findall(self.html):
            if "background" in style:
                assert re.search(r"(^|[;\s])color\s*:", style), style

    def _check_thread(self, before: list["Letter"]) -> None:
        refers = str(self.mail["References"] or "").split()
        assert (str(self.mail["In-Reply-To"]) == refers[-1]) if refers else True
        known = [one.message_id for one in before if self._thread() == one._thread()]
        assert refers[1:] == known[-10:] if refers else True

    def _thread(self) -> str:
        return str(self.mail["References"] or self.message_id).split()[0]

    def _part(self, kind: str) -> str:
        part = self.mail.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")
