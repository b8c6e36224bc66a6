from oms_service.web.live import Message, stream


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_message_on_the_wire() -> None:
    message = Message(event="changed", id="7", data={"case": 3})
    assert message.encode() == b'id: 7\nevent: changed\ndata: {"case": 3}\n\n'


def test_line_breaks_cannot_forge_another_event() -> None:
    forged = Message(event="a\nevent: b", data="one\r\ndata: two\rthree\n\nevent: x")
    assert forged.encode() == (
        b"event: a event: b\ndata: one\ndata: data: two\ndata: three\ndata: \ndata: event: x\n\n"
    )


def test_a_stream_greets_beats_delivers_and_ends() -> None:
    time = Time()
    waits: list[float] = []
    answers = iter([[], [Message(event="changed")], []])

    def wait(seconds: float) -> list[Message]:
        waits.append(seconds)
        time.now += seconds
        return next(answers)

    sent = list(stream(wait, monotonic=time, end_s=25, heartbeat_s=10))

    assert waits == [10, 10, 5]
    assert sent == [
        b"retry: 800\n: hello\n\n",
        b": \n\n",
        b"event: changed\ndata: \n\n",
        b": \n\n",
        b"event: bye\ndata: \n\n",
    ]
