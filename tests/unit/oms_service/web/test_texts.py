from pathlib import Path

import pytest

from oms_service.web import texts

JAPANESE = """msgid ""
msgstr ""
"Language: ja\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Hello"
msgstr "{hello}"

msgid "%(count)s orders"
msgstr "{orders}"
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(texts, "ROOT", tmp_path)
    return tmp_path


def write(
    house: Path, package: str, *, hello: str = "こんにちは", orders: str = "%(count)s件"
) -> None:
    (house / package / "templates").mkdir(parents=True)
    (house / package / "page.py").write_text('_("Hello")\nngettext("%(n)s day", "%(n)s days", n)\n')
    (house / package / "templates" / "page.html").write_text("{{ _('%(count)s orders') }}")
    folder = house / package / "translations" / "ja" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(JAPANESE.format(hello=hello, orders=orders))


def test_what_lacks_japanese_is_named_with_its_place(house: Path) -> None:
    write(house, "cases")
    assert texts.gaps() == [
        texts.Gap("cases", "cases/page.py:2", ("%(n)s day", "%(n)s days"), "has no Japanese")
    ]


def test_update_adds_what_lacks_after_what_is_there(house: Path) -> None:
    write(house, "cases")
    assert texts.update() == 1
    assert [entry.id for entry in texts.catalogue("cases")] == [
        "",
        "Hello",
        "%(count)s orders",
        ("%(n)s day", "%(n)s days"),
    ]
    assert texts.update() == 0
    assert [gap.why for gap in texts.gaps()] == ["has no Japanese"]


def test_other_placeholders_are_found(house: Path) -> None:
    write(house, "oms_service", orders="%(number)s件")
    assert "has other placeholders in Japanese" in {gap.why for gap in texts.gaps()}


def test_two_packages_that_say_one_text_in_two_ways_are_found(house: Path) -> None:
    write(house, "oms_service")
    write(house, "bots", hello="やあ")
    assert "is said in two ways" in {gap.why for gap in texts.gaps()}


def test_a_lower_package_speaks_for_a_higher_one(house: Path) -> None:
    write(house, "oms_service")
    (house / "bots").mkdir()
    (house / "bots" / "say.py").write_text('_("Hello")')
    assert {gap.package for gap in texts.gaps()} == {"oms_service"}


def test_compiled_catalogues_stand_beside_the_written_ones(house: Path) -> None:
    write(house, "cases")
    assert texts.compile_all() == 1
    assert (house / "cases/translations/ja/LC_MESSAGES/messages.mo").exists()


@pytest.mark.parametrize(("said", "why"), [("100%です", 1), ("100%%です", 1), ("100パーセント", 0)])
def test_a_bare_percent_sign_is_named(house: Path, said: str, why: int) -> None:
    write(house, "cases", hello=said)
    faults = {gap.why for gap in texts.gaps()} - {"has no Japanese"}
    assert len(faults) == why
