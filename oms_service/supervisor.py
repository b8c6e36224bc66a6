"""``oms up``: the whole house under one roof, from an empty folder to a shop that answers."""

import os
import shlex
import signal
import string
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import psycopg

from oms_service.embedded import processes
from oms_service.embedded.crew import (
    Crew,
    Program,
    begin,
    last_words,
    on_terminal,
    stop_leftovers,
)
from oms_service.embedded.failures import CannotStart, require_space
from oms_service.embedded.nursery import Nursery
from oms_service.embedded.ports import LOCALHOST, free_ports, is_answering, is_free
from oms_service.embedded.postgres import Postgres
from oms_service.embedded.state import StateFolder
from oms_service.embedded.valkey import Valkey
from oms_service.settings import BadSetting, Settings

#: The processes, as in ``Procfile``.
#:
#: web: one worker a core, since one Python process fills it, and eight threads each, since a
#: thread mostly waits for PostgreSQL; 2 x 8 threads stay well below its 100 connections.
#: streams: an open stream keeps a thread for its 25 seconds, so many threads in one process that
#: does nothing else. An open stream also delays a polite end, hence the short kill timeout.
#: mcp: for other people's agents, and only where ``MCP_PORT`` is set; see docs/mcp.md.
#: socket: the line to Slack where it cannot call us, and only where ``SLACK_APP_TOKEN`` is set.
COMMANDS: Final = {
    "web": (
        "granian --interface wsgi --no-ws --host $HOST --port $PORT --workers $WEB_WORKERS "
        "--blocking-threads 8 --respawn-failed-workers --workers-kill-timeout 8 "
        "oms_service.wsgi:app"
    ),
    "streams": (
        "granian --interface wsgi --no-ws --host $HOST --port $STREAMS_PORT --workers 1 "
        "--blocking-threads 128 --respawn-failed-workers --workers-kill-timeout 2 "
        "oms_service.streams:app"
    ),
    "relay": "python -m oms_service.relay",
    "worker": "python -m oms_service.worker",
    "clock": "python -m oms_service.clock",
    "mcp": (
        "granian --interface asgi --no-ws --host $HOST --port $MCP_PORT --workers 1 "
        "--respawn-failed-workers --workers-kill-timeout 4 oms_service.assistants:app"
    ),
    "socket": "python -m oms_service.slack_line",
}
#: What a demo plays itself: Slack, where no real one is set. It is no process of a shop.
OF_DEMO: Final = {"slack_stage": "python -m oms_service.slack_stage"}
STAGE_PORT: Final = "SLACK_STAGE_PORT"
#: What runs only where its setting says so.
ON_DEMAND: Final = {"mcp": "MCP_PORT", "socket": "SLACK_APP_TOKEN"}
#: What the children have in common, loaded once for all of them.
LOADED: Final = "oms_service.ready"
READY_PATIENCE_S: Final = 60
TICK_S: Final = 0.2
#: This many falls before the shop has answered once mean that it never will.
HOPELESS: Final = 4


class _Told(BaseException):
    """Somebody asked us to stop."""


def run(environ: Mapping[str, str], *, reset: bool = False) -> int:
    """Start everything, stay, and stop everything when told.

    Args:
        environ: settings as on a server; what is missing is provided by embedded servers.
        reset: forget all data first.

    Returns:
        An exit status: 0 after being told to stop, 1 when start-up is impossible.
    """
    with _stoppable() as asked:
        try:
            with StateFolder(Path(environ.get("STATE_DIR") or ".oms")) as state:
                House(state, environ, asked).live(reset=reset)
        except (CannotStart, BadSetting) as reason:
            sys.stderr.write(f"{reason}\n")
            return 1
        except _Told:
            on_terminal("Order Desk has stopped.")
            return 0
    return 0


@dataclass
class House:
    """One supervised run from one state folder."""

    state: StateFolder
    given: Mapping[str, str]
    asked: "_Asked"
    environ: dict[str, str] = field(default_factory=dict)
    postgres: Postgres | None = None
    valkey: Valkey | None = None

    def live(self, *, reset: bool) -> None:
        """Returns never: it ends by an exception, with nothing left running."""
        processes.adopt_grandchildren()
        began = time.monotonic()
        with ExitStack() as at_the_end:
            at_the_end.callback(_sweep)
            try:
                self._clear_the_ground(reset=reset)
                self._check_ports()
                require_space(self.state.path)
                nursery = Nursery(LOADED, self.state.logs / "nursery.log")
                at_the_end.callback(nursery.stop)
                nursery.start(self.environ)  # it loads while the servers start
                self._start_servers(at_the_end)
                settings = self._settle()
                self._see_through(
                    nursery, "The database could not be brought up to date", "migrate"
                )
                self._load_demo(settings, nursery)
                crew = Crew(self.environ, self.state.logs, self.state.notes, nursery=nursery)
                at_the_end.callback(crew.stop)
                doors, rooms = programs(self.environ)
                crew.start(doors)
                self._await_ready(crew, settings)
                crew.start(rooms)
                on_terminal(welcome(settings, seconds=time.monotonic() - began))
                self._stay(crew)
            finally:
                self.asked.be_deaf()

    def _clear_the_ground(self, *, reset: bool) -> None:
        for name in stop_leftovers(self.state.notes):
            on_terminal(f"Stopped {name}, left over from a run that was killed.")
        for server, sign in (("pg", signal.SIGINT), ("valkey", signal.SIGTERM)):
            processes.stop_leftover(self.state.path / server / "running", politely=sign)
        if reset:
            self.state.wipe()

    def _check_ports(self) -> None:
        self.environ = {**self.given, "PYTHONUNBUFFERED": "1"}
        self.environ.setdefault("PORT", "8000")
        try:
            port = int(self.environ["PORT"])
            self.environ.setdefault("STREAMS_PORT", str(port + 1))
            ports = [("PORT", port), ("STREAMS_PORT", int(self.environ["STREAMS_PORT"]))]
            ports += [
                (name, int(self.environ[name]))
                for name in ON_DEMAND.values()
                if name.endswith("_PORT") and self.environ.get(name)
            ]
        except ValueError:
            raise BadSetting("PORT, STREAMS_PORT and MCP_PORT must be numbers") from None
        for name, number in ports:
            if not 1 <= number <= 65_535:  # noqa: PLR2004 - the range of ports
                raise BadSetting(f"{name}: must be a port from 1 to 65535")
            if not is_free(number):
                raise CannotStart(
                    f"Port {number} is in use: end what listens there, "
                    f"or choose another port with PORT={port + 100}."
                )

    def _start_servers(self, at_the_end: ExitStack) -> None:
        logs = self.state.logs
        if not self.environ.get("DATABASE_URL"):
            on_terminal("Starting PostgreSQL ...")
            self.postgres = Postgres(self.state.path / "pg", logs / "postgres.log")
            at_the_end.callback(self.postgres.stop)
            self.postgres.start()
            self.environ["DATABASE_URL"] = self.postgres.url()
            self.environ.setdefault("DEMO", "1")
        if not self.environ.get("REDIS_URL"):
            on_terminal("Starting Valkey ...")
            self.valkey = Valkey(self.state.path / "valkey", logs / "valkey.log")
            at_the_end.callback(self.valkey.stop)
            self.valkey.start()
            self.environ["REDIS_URL"] = self.valkey.url

    def _settle(self) -> Settings:
        """Fill in what a demo can decide alone, and read the settings as every child will."""
        if not self.environ.get("SECRET_KEY"):
            self.environ["SECRET_KEY"] = self.state.secret_key()
        self.environ["STATE_DIR"] = str(self.state.path)
        self.environ.setdefault("PUBLIC_URL", f"http://localhost:{self.environ['PORT']}")
        self.environ.setdefault("STREAMS_URL", f"http://localhost:{self.environ['STREAMS_PORT']}")
        if self.environ.get("MCP_PORT"):
            own = f"http://localhost:{self.environ['MCP_PORT']}/mcp"
            self.environ.setdefault("MCP_URL", own)
        if self.environ.get("DEMO", "0") != "0":
            # Imported late: only a demo has them.
            from oms_service.demo_shop.places import SETTINGS  # noqa: PLC0415

            self.environ.update({**SETTINGS, **self.environ})
            self._play_slack()
        settings = Settings.from_env(self.environ)
        self.state.publish(
            {name: self.environ[name] for name in PUBLISHED if self.environ.get(name)}
        )
        return settings

    def _play_slack(self) -> None:
        """A demo without a Slack of its own gets one that is played for it."""
        own = ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "SLACK_CLIENT_ID")
        if any(self.environ.get(name) for name in own):
            return
        # Imported late: only a demo has it.
        from bots.slack.stage import keys  # noqa: PLC0415

        port = int(self.environ.get(STAGE_PORT) or free_ports(1)[0])
        self.environ.update(keys.settings(self.environ["SECRET_KEY"], port))

    def _load_demo(self, settings: Settings, nursery: Nursery) -> None:
        if not settings.demo:
            return
        if is_empty(settings.database_url):
            failed = "The demo shop could not be loaded; `make demo RESET=1` tries again"
            self._see_through(nursery, failed, "demo-data")
        self._see_through(
            nursery, "The colleagues of the demo could not be let in", "demo-accounts"
        )

    def _see_through(self, nursery: Nursery, failed: str, command: str) -> None:
        """Run a command of ``oms`` to its end, on this terminal.

        Raises:
            CannotStart: it ended otherwise than well, which ``failed`` says in words.
        """
        program = Program(command, (sys.executable, "-m", "oms_service.cli", command))
        if begin(program, sys.stdout.fileno(), self.environ, nursery).wait():
            raise CannotStart(f"{failed}.")

    def _await_ready(self, crew: Crew, settings: Settings) -> None:
        deadline = time.monotonic() + READY_PATIENCE_S
        while reason := _not_ready(settings):
            self._tend(crew)
            worst = crew.weakest()
            if worst.falls >= HOPELESS:
                reason = f"{worst.program.name} ends with: {last_words(worst)}"
            if worst.falls >= HOPELESS or time.monotonic() > deadline:
                raise CannotStart(f"The shop did not start: {reason} (log: {worst.log})")
            time.sleep(TICK_S)

    def _stay(self, crew: Crew) -> None:
        while True:
            self._tend(crew)
            time.sleep(TICK_S)

    def _tend(self, crew: Crew) -> None:
        """Servers first: the others need them, and find them at the same address again."""
        if self.asked.is_told:
            raise _Told  # again: Python loses what is raised while it clears something away
        for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if server is not None and server.process and server.process.poll() is not None:
                on_terminal(f"{name} ended; starting it again (log: {server.log})")
                try:
                    server.start()
                except CannotStart as reason:
                    on_terminal(str(reason))
                    time.sleep(1)
        crew.tend()


PUBLISHED: Final = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "STATE_DIR",
    "PORT",
    "STREAMS_PORT",
    "PUBLIC_URL",
    "STREAMS_URL",
    "MCP_PORT",
    "MCP_URL",
    "DEMO",
    "SLACK_STAGE_PORT",
    "SLACK_SIGNING_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_API_URL",
    "SHOP_LEGAL_NAME",
    "SHOP_REGISTRATION_NUMBER",
    "SHOP_POSTAL_CODE",
    "SHOP_ADDRESS",
    "SHOP_PHONE",
)


def programs(environ: Mapping[str, str]) -> tuple[list[Program], list[Program]]:
    """What to start, with this interpreter and these ports: what people call on first.

    The others follow when those answer. All at once they would share two cores for the imports,
    and people would wait three seconds longer for the first page.
    """
    values = {"WEB_WORKERS": "2", **environ, "HOST": LOCALHOST}
    ours = {"granian": [sys.executable, "-m", "granian"], "python": [sys.executable]}
    doors: list[Program] = []
    rooms: list[Program] = []
    played = OF_DEMO if environ.get(STAGE_PORT) else {}
    for name, text in {**COMMANDS, **played}.items():
        if name in ON_DEMAND and not environ.get(ON_DEMAND[name]):
            continue
        first, *rest = shlex.split(string.Template(text).substitute(values))
        program = Program(name, (*ours[first], *rest))
        is_door = first == "granian" and name not in ON_DEMAND
        (doors if is_door else rooms).append(program)
    return doors, rooms


def is_empty(database_url: str) -> bool:
    """Whether the shop has no sales channel yet, which every shop starts with."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT NOT EXISTS (SELECT FROM sales_channels)").fetchone()
    return bool(row and row[0])


def welcome(settings: Settings, *, seconds: float) -> str:
    """Where to look and whom to sign in as."""
    base = settings.public_url
    lines = [
        "",
        f"Order Desk is ready after {seconds:.1f} s.",
        "",
        f"  Shop with chat   {base}/",
        f"  Agents' desk     {base}/desk",
        "",
    ]
    if settings.mcp_port:
        lines[-1:] = [f"  For agents       {settings.mcp_url}", ""]
    if settings.slack_stage_port:
        lines[-1:] = [f"  Slack (preview)  {base}/desk/slack", ""]
    if settings.demo:
        lines += ["  Ask the chat about", *_to_try(), "    more in docs/demo.md", ""]
    accounts = settings.state_dir / "accounts.txt"
    if accounts.exists():
        lines += [
            "  Sign in as",
            *(f"    {line}" for line in accounts.read_text().splitlines()),
            "",
        ]
    lines += [f"  Logs in {settings.state_dir / 'logs'}. Ctrl-C stops everything.", ""]
    return "\n".join(lines)


def _to_try() -> list[str]:
    """The first orders of the demo shop that everybody may ask about."""
    # Imported late: only a demo has them.
    from oms_service.demo_shop.scenes import SCENES  # noqa: PLC0415

    return [f"    {one.number}  {one.who.mail:<26}  {one.plight['en']}" for one in SCENES[:3]]


def _not_ready(settings: Settings) -> str | None:
    """What is still missing before people can come in; None when nothing is."""
    page = f"http://{LOCALHOST}:{settings.port}/health/ready"
    try:
        with urllib.request.urlopen(page, timeout=2):
            pass
    except urllib.error.HTTPError as refused:
        with refused:
            return f"/health/ready answers {refused.code}"
    except OSError:
        return "web does not answer"
    return None if is_answering(settings.streams_port) else "streams does not answer"


def _sweep() -> None:
    """Nothing of ours outlives us: end what is still a child, grandchildren included."""
    for seen in list(processes.table()):
        if seen.parent == os.getpid():
            if seen.state != "Z":
                os.kill(seen.pid, signal.SIGKILL)
                processes.kill_session(seen.session)
            processes.reap_adopted(())


class _Asked:
    """Whether somebody asked us to stop. Impatient signals are ignored once stopping has begun."""

    SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.is_told = False

    def hear(self, number: int, _frame: FrameType | None) -> None:
        if not self.is_told:
            self.is_told = True
            if number == signal.SIGINT:
                on_terminal("")
            on_terminal("Stopping ...")
        raise _Told

    def be_deaf(self) -> None:
        for sign in self.SIGNALS:
            signal.signal(sign, signal.SIG_IGN)


@contextmanager
def _stoppable() -> Iterator[_Asked]:
    """Turn a signal into an orderly end."""
    asked = _Asked()
    before = {sign: signal.signal(sign, asked.hear) for sign in asked.SIGNALS}
    try:
        yield asked
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
