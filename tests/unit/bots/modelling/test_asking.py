"""An endpoint is asked in time, in bounds, and whatever it answers is an answer or a reason."""

import json
import time
from collections.abc import Iterator

import pytest

from bots.modelling.asking import MOST_BYTES, Endpoint, NoAnswer, ask, body_of, read
from bots.modelling.breaker import MOST_FAILURES, REST_S, Breaker
from bots.modelling.states import ILL, Outcome
from tests.fakes.model_server import ModelServer, Reply, a_model_server, completion

SHORT_S = 0.25


@pytest.fixture(scope="module")
def running() -> Iterator[ModelServer]:
    with a_model_server() as server:
        yield server


@pytest.fixture
def server(running: ModelServer) -> ModelServer:
    running.replies.clear()
    running.asked.clear()
    running.paths.clear()
    return running


def outcome(server: ModelServer, reply: Reply, within_s: float = 2.0) -> Outcome:
    server.replies.append(reply)
    endpoint = Endpoint(server.url, "small", "a key")
    with pytest.raises(NoAnswer) as refused:
        ask(endpoint, body_of(endpoint, []), within_s=within_s)
    return refused.value.outcome


def test_a_question_arrives_with_its_key_and_its_answer_comes_back(server: ModelServer) -> None:
    server.replies.append(completion("yes", tokens=12))
    endpoint = Endpoint(server.url, "small", "a key")
    said = ask(endpoint, body_of(endpoint, [{"role": "user", "content": "ok?"}]), within_s=2)
    assert (said.text, said.tokens, said.wanted) == ("yes", 12, ())
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys[-1] == "Bearer a key"
    assert server.asked[0]["model"] == "small"
    assert server.asked[0]["stream"] is False
    assert "tools" not in server.asked[0]
    assert "a key" not in repr(endpoint)


def test_a_name_with_several_addresses_is_tried_at_each(server: ModelServer) -> None:
    server.replies.append(completion("yes"))
    by_name = Endpoint(server.url.replace("127.0.0.1", "localhost"), "small", "")
    assert ask(by_name, body_of(by_name, []), within_s=2).text == "yes"


def test_redirects_are_not_followed(server: ModelServer) -> None:
    elsewhere = f"{server.url}/elsewhere"
    for status in (301, 302, 307, 308):
        reply = Reply(status=status, headers={"Location": elsewhere})
        assert outcome(server, reply) is Outcome.REDIRECTED
    assert server.paths == ["/v1/chat/completions"] * 4


@pytest.mark.parametrize("status", [201, 400, 401, 404, 429, 500, 503])
def test_an_error_is_no_answer(server: ModelServer, status: int) -> None:
    assert outcome(server, Reply(b"{}", status=status)) is Outcome.REFUSED


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(b"x" * (MOST_BYTES + 1)), Outcome.TOO_LARGE),
        (completion("x" * 9_000), Outcome.TOO_LARGE),
        (Reply(b""), Outcome.BROKEN_ANSWER),
        (Reply(b"data: {}\n\ndata: [DONE]\n"), Outcome.BROKEN_ANSWER),
        (Reply(b"<html>"), Outcome.BROKEN_ANSWER),
        (Reply(b"\xff\xfe\x00"), Outcome.BROKEN_ANSWER),
        (Reply(b"[" * 5_000), Outcome.BROKEN_ANSWER),
        (Reply(b"null"), Outcome.BROKEN_ANSWER),
        (Reply(b'{"choices": []}'), Outcome.BROKEN_ANSWER),
        (Reply(b'{"choices": {"0": 1}}'), Outcome.BROKEN_ANSWER),
        (Reply(b'{"choices": [{"message": "hi"}]}'), Outcome.BROKEN_ANSWER),
        (completion(["a", "b"]), Outcome.BROKEN_ANSWER),
        (completion(None, calls=[{"id": 1, "function": {"name": "x"}}]), Outcome.BROKEN_ANSWER),
        (completion(None, calls=[{"id": "1"}]), Outcome.BROKEN_ANSWER),
        (Reply(b'{"a": 1}', headers={"Content-Length": "-5"}), Outcome.BROKEN_ANSWER),
        (Reply(b"zz\r\n", headers={"Transfer-Encoding": "chunked"}), Outcome.BROKEN_ANSWER),
        (Reply(hangs_up=True), Outcome.UNREACHABLE),
    ],
)
def test_what_is_no_answer_is_called_by_its_name(
    server: ModelServer, reply: Reply, expected: Outcome
) -> None:
    assert outcome(server, reply) is expected


@pytest.mark.parametrize(
    "reply",
    [
        Reply(waits=True),
        Reply(b" " * 500, drips=True),
        Reply(b" " * 10, headers={"Content-Length": "60000"}, drips=True),
    ],
)
def test_whoever_takes_too_long_is_not_waited_for(server: ModelServer, reply: Reply) -> None:
    began = time.monotonic()
    assert outcome(server, reply, within_s=SHORT_S) is Outcome.TIMED_OUT
    assert time.monotonic() - began < SHORT_S + 1


def test_only_this_machine_is_asked_without_encryption() -> None:
    endpoint = Endpoint("http://192.0.2.1:9/v1", "small", "")
    with pytest.raises(NoAnswer) as refused:
        ask(endpoint, b"{}", within_s=1)
    assert refused.value.outcome is Outcome.FORBIDDEN_ADDRESS


def test_nobody_at_home_is_no_answer() -> None:
    with a_model_server() as gone:
        url = gone.url
    endpoint = Endpoint(url, "small", "")
    with pytest.raises(NoAnswer) as refused:
        ask(endpoint, b"{}", within_s=1)
    assert refused.value.outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize("tokens", [0, -5, 10**9, 1.5, "12", None, True, [1]])
def test_a_count_that_cannot_be_is_none(tokens: object) -> None:
    assert read(completion("x", tokens=tokens).body).tokens is None


def test_a_wanted_tool_is_read_and_a_crowd_of_them_cut() -> None:
    call = {"id": "a", "function": {"name": "list_orders", "arguments": '{"a": 1}'}}
    said = read(completion(None, calls=[call] * 9).body)
    assert [one.name for one in said.wanted] == ["list_orders"] * 4
    assert json.loads(said.wanted[0].arguments) == {"a": 1}


def test_an_endpoint_that_fails_is_left_alone_then_tried_once() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(MOST_FAILURES):
        assert breaker.may_try()
        breaker.note(went_well=False)
    assert not breaker.may_try()
    now[0] += REST_S
    assert [breaker.may_try(), breaker.may_try()] == [True, False]
    breaker.note(went_well=False)
    assert not breaker.may_try()
    now[0] += REST_S
    assert breaker.may_try()
    breaker.note(went_well=True)
    assert [breaker.may_try(), breaker.may_try()] == [True, True]
    assert Outcome.CHANGED_FACTS not in ILL
