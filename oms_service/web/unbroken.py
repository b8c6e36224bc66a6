"""Numbers and dates that stay on one line: ``A-10423`` is not read as ``A-`` and ``10423``.

The text stays as it is, so copying it takes nothing along that cannot be seen. The chat's script
does the same to what it shows (``bots/assets/chat/view.js``).
"""

import re
from typing import Final

from markupsafe import Markup, escape

#: Numbers with hyphens, days with their weekday, times of day, amounts.
_WHOLE: Final = re.compile(
    r"[A-Za-z]{1,5}-\d{3,}(?:-\d+)*"
    r"|\d{1,5}(?:-\d{1,5}){1,3}"
    r"|(?:\d{1,2}月)?\d{1,2}日(?:\([日月火水木金土]\))?"
    r"|\d{1,2}時(?:\d{1,2}分)?"
    r"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|\d[\d,]*円"
)
_TAG: Final = re.compile(r"(<[^>]*>)")


def unbroken(text: str) -> Markup:
    """``text`` with each number in a piece that does not break; tags of markup are left alone."""
    parts = _TAG.split(escape(text))
    parts[::2] = [_WHOLE.sub(r'<span class="nowrap">\g<0></span>', part) for part in parts[::2]]
    return Markup("".join(parts))  # noqa: S704 - escaped above, and what is added holds no input
