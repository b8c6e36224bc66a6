"""What events are called in words, for whoever reads what happened; each package says its own."""

from collections.abc import Mapping

_CALLED: dict[str, str] = {}


def call(words: Mapping[str, str]) -> None:
    """Say what events are called, msgids by wire name; said again, the newer words count."""
    _CALLED.update(words)


def called() -> Mapping[str, str]:
    """The msgid of each event that has one."""
    return dict(_CALLED)
