"""Countries by name: the shop's own first, none twice, none that is no country."""

import pytest

from oms_service.kernel.languages import Language
from oms_service.web import countries


@pytest.mark.parametrize(
    ("language", "home", "germany"),
    [(Language.JAPANESE, "日本", "ドイツ"), (Language.ENGLISH, "Japan", "Germany")],
)
def test_every_country_stands_once_and_the_shops_own_first(
    language: Language, home: str, germany: str
) -> None:
    found = countries.choices(language, "JP")
    assert found[0] == ("JP", home)
    assert dict(found)["DE"] == germany
    codes = [code for code, _ in found]
    assert len(codes) == len(set(codes))
    assert 240 <= len(codes) <= 260
    assert {"EU", "UN", "ZZ", "QO"}.isdisjoint(codes)
    assert [name for _, name in found[1:]] == sorted(name for _, name in found[1:])


def test_a_home_that_is_no_country_leads_nothing() -> None:
    assert countries.choices(Language.ENGLISH, "ZZ")[0][0] != "ZZ"
