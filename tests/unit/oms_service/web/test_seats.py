"""Nobody can sit on all the streams."""

from collections.abc import Iterator

import pytest

from oms_service.kernel.errors import TooMany
from oms_service.web.seats import Seats


def words() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


def test_a_conversation_an_address_and_all_visitors_have_their_seats_and_no_more() -> None:
    seats = Seats(in_all=3, for_address=2, for_listener=1)
    seats.take(words(), address="a", listener="1")
    with pytest.raises(TooMany):
        seats.take(words(), address="b", listener="1")
    seats.take(words(), address="a", listener="2")
    with pytest.raises(TooMany):
        seats.take(words(), address="a", listener="3")
    seats.take(words(), address="b", listener="3")
    with pytest.raises(TooMany):
        seats.take(words(), address="c", listener="4")


def test_a_stream_that_ends_gives_its_seat_back_once() -> None:
    seats = Seats(for_listener=1)
    for _ in range(3):
        stream = seats.take(words(), address="a", listener="1")
        assert list(stream) == [b"one", b"two"]
        stream.close()


def test_a_stream_nobody_read_gives_its_seat_back_when_closed() -> None:
    seats = Seats(for_listener=1)
    seats.take(words(), address="a", listener="1").close()
    half = seats.take(words(), address="a", listener="1")
    assert next(half) == b"one"
    half.close()
    assert list(half) == []
    seats.take(words(), address="a", listener="1")


def test_a_stream_that_breaks_gives_its_seat_back() -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise ConnectionResetError

    seats = Seats(for_listener=1)
    with pytest.raises(ConnectionResetError):
        list(seats.take(broken(), address="a", listener="1"))
    seats.take(words(), address="a", listener="1")
