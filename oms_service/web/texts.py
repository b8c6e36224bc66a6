"""The words of the pages: English in the code, Japanese beside each package.

``python -m oms_service.web.texts missing`` lists what still lacks Japanese, ``update`` adds
the missing English to the package's own file, ready to be translated.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from flask import has_app_context
from flask_babel import get_domain, lazy_gettext, lazy_ngettext, ngettext

from oms_service.access.here import here

lazy = lazy_gettext

__all__ = ["N_", "_", "gettext", "lazy", "lazy_ngettext", "ngettext"]

#: The packages that speak, lowest first: a word a lower one translated need not be said again.
PACKAGES: Final = ("oms_service", "cases", "bots", "notifications")
ROOT: Final = Path(__file__).parents[2]
DOMAIN: Final = "messages"
_METHODS: Final = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_KEYWORDS: Final = {**DEFAULT_KEYWORDS, "lazy": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
_OPTIONS: Final = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
#: No dates and names, so that two branches that add texts differ in those texts alone.
_HEADER: Final = r"""msgid ""
msgstr ""
"Language: ja\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%")
#: A sign that formatting stumbles over; templates format every text.
_BARE_PERCENT: Final = re.compile(r"(?<!%)%(?!\(\w+\)[sd]|%)")


def N_(text: str) -> str:  # noqa: N802 - the name every extraction tool knows
    """Mark a text for translation where it stands as data; say it later with ``_``."""
    return text


def gettext(text: str, /, **values: object) -> str:
    """A text in the language of the page at hand; as it stands where there is no page."""
    said: str = book().ugettext(text)
    return said % values if values else said


_ = gettext


def book() -> Any:
    """The words of the page at hand, without the library's way to them once they are found."""
    return known_book() or get_domain().get_translations()


def known_book() -> Any:
    """The same if this page has said a word before; None before the first one."""
    if not has_app_context():
        return None
    return getattr(here().get("_flask_babel"), "babel_translations", None)


Id = str | tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """A text that cannot be said in Japanese as it should be."""

    package: str
    where: str
    text: Id
    why: str


def folders() -> list[Path]:
    """The translation folders there are, lowest package first."""
    found = (ROOT / package / "translations" for package in PACKAGES)
    return [folder for folder in found if folder.is_dir()]


def catalogue(package: str) -> Catalog:
    """A package's Japanese; empty when it has none yet."""
    path = _po(package)
    if not path.exists():
        return Catalog(locale="ja", domain=DOMAIN, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="ja", domain=DOMAIN)


def used(package: str) -> Iterator[tuple[Id, str]]:
    """Every text a package's code and templates say, with the place of each."""
    folder = ROOT / package
    if not folder.is_dir():
        return
    found = extract_from_dir(
        folder,
        method_map=_METHODS,
        options_map=_OPTIONS,
        keywords=_KEYWORDS,
        strip_comment_tags=True,
    )
    for file, line, text, _comments, _context in found:
        yield text, f"{package}/{file}:{line}"


def gaps() -> list[Gap]:
    """Texts without Japanese, unsure ones, ones whose placeholders differ, and quarrels."""
    books = {package: catalogue(package) for package in PACKAGES}
    known: dict[str, str] = {}
    found: list[Gap] = []
    for package, book in books.items():
        for entry in book:
            if not entry.id:
                continue
            text, said = _whole(entry.id), _whole(entry.string)
            found += _faults(package, text, said, fuzzy=entry.fuzzy)
            japanese = _first(said)
            if japanese and known.setdefault(_first(text), japanese) != japanese:
                found.append(Gap(package, str(_po(package)), text, "is said in two ways"))
    for package in PACKAGES:
        seen: set[Id] = set()
        for text, where in used(package):
            if text not in seen and _first(text) not in known:
                found.append(Gap(package, where, text, "has no Japanese"))
            seen.add(text)
    return found


def update() -> int:
    """Add what lacks Japanese to its package's file, after what is there; answer how many."""
    missing = [gap for gap in gaps() if gap.why == "has no Japanese"]
    count = 0
    for package in {gap.package: None for gap in missing}:
        book = catalogue(package)
        for gap in missing:
            if gap.package == package and _first(gap.text) not in book:
                book.add(gap.text, string="" if isinstance(gap.text, str) else ("",))
                count += 1
        write(package, book)
    return count


def write(package: str, book: Catalog) -> None:
    path = _po(package)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = BytesIO()
    write_po(body, book, no_location=True, omit_header=True, width=100)
    path.write_bytes(_HEADER.encode() + body.getvalue())


def compile_all() -> int:
    """Write the compiled files the running product reads; answer how many."""
    count = 0
    for package in PACKAGES:
        if _po(package).exists():
            compiled = _po(package).with_suffix(".mo")
            draft = compiled.with_suffix(".mo.draft")
            with draft.open("wb") as file:
                write_mo(file, catalogue(package))
            draft.replace(compiled)  # whoever reads meanwhile sees the old one or the new one
            count += 1
    return count


def _po(package: str) -> Path:
    return ROOT / package / "translations" / "ja" / "LC_MESSAGES" / f"{DOMAIN}.po"


def _whole(text: Id | list[str] | None) -> Id:
    return text if isinstance(text, str) else tuple(text or ("",))


def _faults(package: str, text: Id, said: Id, *, fuzzy: bool) -> Iterator[Gap]:
    where = str(_po(package).relative_to(ROOT))
    if fuzzy:
        yield Gap(package, where, text, "is marked as unsure")
    japanese = _first(said)
    if not japanese:
        return  # reported where it is used
    # Japanese has one plural form: it answers for the English plural, which holds every value.
    english = text if isinstance(text, str) else text[-1]
    if sorted(_PLACEHOLDER.findall(english)) != sorted(_PLACEHOLDER.findall(japanese)):
        yield Gap(package, where, text, "has other placeholders in Japanese")
    if any(_BARE_PERCENT.search(one.replace("%%", "")) for one in (english, japanese)):
        yield Gap(package, where, text, "has a bare percent sign")


def _first(text: Id) -> str:
    return text if isinstance(text, str) else text[0]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m oms_service.web.texts", description=__doc__)
    parser.add_argument("command", choices=("missing", "update", "compile"))
    command = parser.parse_args(arguments).command
    if command == "update":
        sys.stdout.write(f"{update()} texts added\n")
    elif command == "compile":
        sys.stdout.write(f"{compile_all()} catalogues compiled\n")
    else:
        lacking = gaps()
        for gap in lacking:
            sys.stdout.write(f"{gap.where}: {_first(gap.text)!r} {gap.why}\n")
        return 1 if lacking else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
