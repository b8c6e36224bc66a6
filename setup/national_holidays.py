"""Writes the national holidays that the product carries, from the library that tests hold.

The library takes 43 MB and half a second in each process; its answers take 100 kB. Run it with
``make holidays`` after the library has a newer version.
"""

import json
from pathlib import Path

import holidays

TARGET = Path("oms_service/shipping/calendars/holidays.json")
FIRST_YEAR, LAST_YEAR = 2015, 2035
COUNTRIES = (
    "AT AU BE BR CA CH CN CZ DE DK ES FI FR GB HK ID IE IN IT JP KR LU MX MY NL NO NZ PH PL PT SE"
    " SG TH TW US VN ZA"
)
#: What Japanese readers are shown; elsewhere the English name.
JAPANESE = {"JP": "ja"}


def days_of(country: str, language: str | None) -> dict[str, str]:
    """Names by day, such as ``2026-01-01``."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    found = holidays.country_holidays(country, years=years, language=language)
    return {day.isoformat(): name for day, name in sorted(found.items())}


def english(country: str) -> str | None:
    spoken = holidays.country_holidays(country).supported_languages
    return next((one for one in ("en_US", "en_GB", "en") if one in spoken), None)


def gathered() -> dict[str, object]:
    """All of it: each day holds the place of its (Japanese, English) name in ``names``."""
    names: dict[tuple[str, str], int] = {}
    days: dict[str, dict[str, dict[str, int]]] = {}
    for country in COUNTRIES.split():
        ours = days_of(country, JAPANESE[country]) if country in JAPANESE else {}
        for day, name in days_of(country, english(country)).items():
            place = names.setdefault((ours.get(day, ""), name), len(names))
            year, rest = day[:4], day[5:7] + day[8:]
            days.setdefault(country, {}).setdefault(year, {})[rest] = place
    return {
        "source": f"holidays {holidays.__version__}",
        "first_year": FIRST_YEAR,
        "last_year": LAST_YEAR,
        "names": [list(both) for both in names],
        "days": days,
    }


if __name__ == "__main__":
    said = json.dumps(gathered(), ensure_ascii=False, separators=(",", ":"))
    TARGET.write_text(said.replace('},"', '},\n"') + "\n", encoding="utf-8")
