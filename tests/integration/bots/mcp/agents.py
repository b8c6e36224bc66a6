"""An agent with the official client, and the server it talks to, on a port of its own."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from bots.mcp.server import application
from oms_service.embedded.ports import LOCALHOST
from oms_service.runtime import Runtime

T = TypeVar("T")


@contextmanager
def served(runtime: Runtime) -> Iterator[str]:
    """The server over real HTTP, until the block ends; where it answers."""
    config = uvicorn.Config(application(runtime), host=LOCALHOST, port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://{LOCALHOST}:{port}/mcp"
    finally:
        server.should_exit = True
        thread.join()


@dataclass(frozen=True)
class Heard:
    """What an agent hears of one call."""

    words: str
    told: Mapping[str, Any]
    is_error: bool

    @property
    def outcome(self) -> str:
        return str(self.told["outcome"])

    @property
    def data(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.told["data"]
        return found


@dataclass(frozen=True)
class Agent:
    """One program with one secret; ``mode`` is the age of the protocol that it speaks."""

    url: str
    secret: str
    mode: str = "auto"

    def tools(self) -> dict[str, Mapping[str, Any]]:
        """The tools that are offered to it, with what they take."""

        async def ask(client: Client) -> dict[str, Mapping[str, Any]]:
            listed = await client.list_tools()
            return {tool.name: tool.input_schema for tool in listed.tools}

        return self._within(ask)

    def call(self, name: str, **given: Any) -> Heard:
        (heard,) = self.calls([(name, given)])
        return heard

    def calls(self, wanted: Sequence[tuple[str, dict[str, Any]]]) -> list[Heard]:
        """One after the other, over one connection."""

        async def ask(client: Client) -> list[Heard]:
            return [_heard(await client.call_tool(name, given)) for name, given in wanted]

        return self._within(ask)

    def _within(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        async def talk() -> T:
            headers = {"Authorization": f"Bearer {self.secret}"}
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(self.url, http_client=http), mode=self.mode) as made,
            ):
                return await ask(made)

        # In a thread: a browser of other tests keeps a loop of its own going in this one.
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(lambda: asyncio.run(talk())).result()


def _heard(said: CallToolResult) -> Heard:
    (words,) = said.content
    assert words.type == "text"
    return Heard(words.text, said.structured_content or {}, bool(said.is_error))
