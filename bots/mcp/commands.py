"""``oms mcp``: serve other people's agents, over HTTP or to one program on this machine."""

import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Final

import click

from oms_service.runtime import Runtime

OpenRuntime = Callable[[], Runtime]

#: Where the secret of ``oms mcp stdio`` stands; arguments are seen by everybody on a machine.
SECRET: Final = "OMS_ASSISTANT_TOKEN"  # noqa: S105 - the name of a variable


@click.group("mcp")
def assistants() -> None:
    """Other people's agents: the server of the Model Context Protocol."""
    if importlib.util.find_spec("mcp") is None:
        raise click.ClickException("The protocol's library is not installed: run `make mcp`.")


@assistants.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=int, envvar="MCP_PORT", required=True, help="By default MCP_PORT.")
def serve(*, host: str, port: int) -> None:
    """Serve over HTTP until stopped, as the process ``mcp`` does."""
    server = ["granian", "--interface", "asgi", "--no-ws", "--host", host, "--port", str(port)]
    end = ["--workers", "1", "--workers-kill-timeout", "4", "oms_service.assistants:app"]
    os.execv(sys.executable, [sys.executable, "-m", *server, *end])  # noqa: S606 - no shell


@assistants.command()
@click.pass_obj
def stdio(open_runtime: OpenRuntime) -> None:
    """Serve one program that started this, over standard input and output.

    Its token or key is read from OMS_ASSISTANT_TOKEN.
    """
    # Only the server needs them, and they take their time to load.
    import anyio  # noqa: PLC0415

    from bots.mcp.holders import holder_of  # noqa: PLC0415
    from bots.mcp.server import over_stdio  # noqa: PLC0415
    from oms_service.infra import logging  # noqa: PLC0415

    runtime, secret = open_runtime(), os.environ.get(SECRET, "")
    logging.set_up(level=runtime.settings.log_level, process="mcp")
    if holder_of(runtime, secret) is None:
        raise click.ClickException(f"{SECRET} names no token or key in force.")
    anyio.run(over_stdio, runtime, secret)
