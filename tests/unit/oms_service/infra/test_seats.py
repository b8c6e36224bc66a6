"""Nobody can sit on all the streams."""

from collections.abc import Iterator

import pytest

from oms_service.infra.seats import Seats
from oms_service.kernel.errors import TooMany


def words() -> Iterator[bytes]:
    yield b"one"
    yield b"two"


def test_a_conversation_an_address_and_all_visitors_have_their_seats_and_no_more() -> None:
    seats = Seats(for_visitors=3, for_address=2, for_listener=1)
    seats.take(words(), address="a", listener="1")
    with pytest.raises(TooMany):
        seats.take(words(), address="b", listener="1")
    seats.take(words(), address="a", listener="2")
    with pytest.raises(TooMany):
        seats.take(words(), address="a", listener="3")
    seats.take(words(), address="b", listener="3")
    with pytest.raises(TooMany):
        seats.take(words(), address="c", listener="4")


def test_sixty_colleagues_with_three_windows_leave_visitors_their_seats_and_all_hear_at_once() -> (
    None
):
    seats = Seats()
    taken = refused = 0
    for _window in range(3):
        for colleague in range(60):
            try:
                seats.take_for_colleague(words(), staff_id=colleague)
            except TooMany:
                refused += 1
            else:
                taken += 1
    assert (taken, refused) == (88, 92)
    for visitor in range(32):
        seats.take(words(), address=str(visitor), listener=str(visitor))
    with pytest.raises(TooMany):
        seats.take(words(), address="more", listener="more")


def test_one_colleague_sits_on_a_few_seats_alone_and_gives_them_back() -> None:
    seats = Seats()
    open_ones = [seats.take_for_colleague(words(), staff_id=1) for _ in range(12)]
    with pytest.raises(TooMany):
        seats.take_for_colleague(words(), staff_id=1)
    seats.take_for_colleague(words(), staff_id=2)
    open_ones[0].close()
    seats.take_for_colleague(words(), staff_id=1)


def test_visitors_never_sit_on_the_seats_of_colleagues() -> None:
    seats = Seats(for_address=1_000)
    for visitor in range(88):
        seats.take(words(), address="a", listener=str(visitor))
    with pytest.raises(TooMany):
        seats.take(words(), address="a", listener="more")
    for colleague in range(32):
        seats.take_for_colleague(words(), staff_id=colleague)


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
