"""What the bot says of days: those that have passed are left out."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.wording import SpokenFormats
from oms_service.kernel.languages import Language

#: A Sunday, 10:12 in Tokyo.
HERE = SpokenFormats(datetime(2026, 11, 22, 1, 12, tzinfo=UTC), ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("start", "end", "japanese", "english"),
    [
        ("2026-11-21", "2026-11-22", "本日 11月22日(日)", "today, Sun 22 Nov"),
        ("2026-11-22", "2026-11-23", "11月22日(日)~23日(月)", "between Sun 22 and Mon 23 November"),
        ("2026-11-20", "2026-11-21", "11月20日(金)~21日(土)", "between Fri 20 and Sat 21 November"),
    ],
)
def test_a_window_begins_today_at_the_earliest(
    start: str, end: str, japanese: str, english: str
) -> None:
    window = {"start": start, "end": end}
    assert HERE.window(window, Language.JAPANESE) == japanese
    assert HERE.window(window, Language.ENGLISH) == english
