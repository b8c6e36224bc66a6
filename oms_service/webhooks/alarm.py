"""An alarm for calls to others: when it rings, their connection ends, whatever it is doing."""

import socket
import ssl
import threading
from types import TracebackType
from typing import Self


class Alarm:
    """``with Alarm(10.0) as alarm``: rings after so many seconds and hangs up what it watches.

    At the end of the block all of it is closed.

    It holds the sockets itself: ``http.client`` lets go of its own as soon as an answer begins,
    and somebody who answers one byte at a time would hold us for ever.
    """

    def __init__(self, after_s: float) -> None:
        self._held: list[socket.socket] = []
        self._rung = threading.Event()
        self._timer = threading.Timer(after_s, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._timer.join()  # it may be ringing: a number it hangs up must not be another's by then
        for one in self._held:
            one.close()

    @property
    def has_rung(self) -> bool:
        """Whether the time was over; what was read then may be only the beginning."""
        return self._rung.is_set()

    def watch(self, plain: socket.socket) -> socket.socket:
        """Have a connection ended when the alarm rings, at once if it has."""
        self._held.append(plain)
        if self.has_rung:
            self._hang_up()
        return plain

    def seal(self, plain: socket.socket, tls: ssl.SSLContext, host: str) -> ssl.SSLSocket:
        """The connection in TLS; the alarm ends a handshake that takes too long, too."""
        sealed = tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        self.watch(sealed)
        sealed.do_handshake()
        return sealed

    def _ring(self) -> None:
        self._rung.set()
        self._hang_up()

    def _hang_up(self) -> None:
        for one in tuple(self._held):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side was first, or it lives on in its sealed form
