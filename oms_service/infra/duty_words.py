"""What repeated duties are called in words, for whoever looks how the house is."""

from collections.abc import Mapping

_CALLED: dict[str, str] = {}


def call(words: Mapping[str, str]) -> None:
    """Say what duties are called, msgids by name; said again, the newer words count."""
    _CALLED.update(words)


def called() -> Mapping[str, str]:
    """The msgid of each duty that has one."""
    return dict(_CALLED)
