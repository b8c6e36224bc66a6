"""Every text of every page can be said in Japanese."""

from oms_service.web import texts


def test_every_text_has_japanese_with_the_same_placeholders() -> None:
    lacking = [f"{gap.where}: {gap.text!r} {gap.why}" for gap in texts.gaps()]
    assert lacking == [], "run python -m oms_service.web.texts update, then translate"


def test_the_search_for_texts_finds_code_and_templates() -> None:
    found = dict(texts.used("oms_service"))
    assert found["Sign out"].startswith("oms_service/web/templates/frame/who.html:")
    assert found["Please sign in first"].startswith("oms_service/web/errors.py:")
