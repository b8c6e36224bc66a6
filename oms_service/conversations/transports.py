"""How messages leave on each channel: one transport a channel, registered at composition."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from oms_service.conversations.states import DeliveryState
from oms_service.kernel.languages import Language


@dataclass(frozen=True)
class Enclosure:
    """A file that leaves with a message, whole."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """A message as a transport gets it. ``key`` stays the same however often it is tried.

    ``thread`` names the matter it is about, where it is about one; ``before`` are the earlier
    messages of that matter, oldest first: ours by their ids, others' by what they are known by.
    ``is_automatic``: no person has written it.
    """

    key: str
    message_id: int
    conversation_public_id: str
    to: str
    language: Language
    subject: str
    text: str
    extra: dict[str, object]
    files: tuple[Enclosure, ...] = ()
    thread: str = ""
    before: tuple[int | str, ...] = ()
    is_automatic: bool = True


class CutOff(OSError):
    """The connection broke over a message: nobody knows whether it was taken."""


@dataclass(frozen=True)
class Outcome:
    """What the transport knows afterwards."""

    state: DeliveryState
    detail: str = ""


class Transport(Protocol):
    """Sends one message; raises when it may be tried again, ``CutOff`` if it may be there."""

    def send(self, message: Outgoing) -> Outcome: ...


@runtime_checkable
class InTurn(Protocol):
    """A transport of a channel on which a thread's messages arrive in the order they were said."""

    def turn(self, to: str) -> AbstractContextManager[None]:
        """Wait until nobody else sends to that address, and keep it so."""
        ...

    def send_together(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Send what waits in one thread, oldest first; at least the first, as many as one can.

        An outcome of ``QUEUED`` says that this one and those after it have to wait for something;
        ``detail`` says for what. Raises when the first may be tried again.
        """
        ...


IsDown = Callable[[Exception], bool]
"""Whether an error says that a provider is away, not that it does not like one message."""


def no_answer(error: Exception) -> bool:
    """What networks raise."""
    return isinstance(error, OSError)


@dataclass
class Transports:
    """The transports by channel."""

    _by_channel: dict[str, Transport] = field(default_factory=dict)
    _is_down: dict[str, IsDown] = field(default_factory=dict)

    def add(self, channel: str, transport: Transport, *, is_down: IsDown = no_answer) -> None:
        """Send by ``transport`` on ``channel``; after errors that are ``is_down`` it may rest."""
        if channel in self._by_channel:
            raise ValueError(f"two transports for {channel!r}")
        self._by_channel[channel] = transport
        self._is_down[channel] = is_down

    def is_down(self, channel: str, error: Exception) -> bool:
        """Whether an error of a channel's transport says that its provider is away."""
        return self._is_down[channel](error)

    def of(self, channel: str) -> Transport:
        """The transport of ``channel``.

        Raises:
            LookupError: nobody sends there.
        """
        try:
            return self._by_channel[channel]
        except KeyError:
            raise LookupError(f"no transport for {channel!r}") from None

    def channels(self) -> tuple[str, ...]:
        return tuple(self._by_channel)
