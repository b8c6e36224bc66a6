"""What the command palette finds: each package says what of it can be gone to or begun by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One thing to go to.

    ``label`` and ``detail`` are in the reader's language, and masked for whoever sees masks.
    With ``fields`` it is not a page but something to do: a form with these is sent to ``url``.
    """

    label: str
    url: str
    detail: str = ""
    icon: str = "dot"
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class PaletteSource:
    """Where the palette looks: ``find`` answers what fits the typed words, the best first.

    It is asked within the request of a signed-in colleague who has ``permission`` and answers
    only what this colleague may see, at most ``limit`` hits in a number of queries that does not
    grow. Nothing typed is asked for as well: then it answers what is at hand, or nothing.
    ``heading`` is a msgid.
    """

    name: str
    heading: str
    find: Callable[[str, int], Sequence[Hit]]
    permission: str | None = None
    rank: int = 100
