"""Whoever can be asked where a parcel is."""

from typing import Final, Protocol

#: The kind under which such sources are registered, by the carrier they know.
KIND: Final = "tracking"


class NoAnswer(Exception):
    """Nothing was learned this time; ``code`` says why, never what the other side said."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TrackingSource(Protocol):
    """One of them. Asking is harmless, however often."""

    @property
    def source(self) -> str:
        """What its answers are kept under, such as ``carrier:easypost``."""
        ...

    def ask(self, carrier: str, number: str) -> bytes:
        """What it knows of a parcel now, in the form its reader reads.

        Raises:
            NoAnswer: it did not answer, or knows nothing.
        """
        ...
