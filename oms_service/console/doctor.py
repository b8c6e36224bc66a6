"""What ``oms doctor`` looks at: each check says how it is, and what to do when it is not well."""

import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from migrations.run import current, newest
from oms_service.console import policy
from oms_service.console.policy import ROOM_BYTES
from oms_service.conversations import mail_in
from oms_service.infra import backlog
from oms_service.infra.live import connect
from oms_service.runtime import Runtime
from oms_service.shipping.sources import waiting, wordings

#: Sessions, codes and signatures are judged by the clock; a few seconds are no matter.
SKEW_S: Final = 5.0
_PATIENCE_S: Final = 3.0
_MOST_WORDS: Final = 5
_MAIL_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``advice`` is empty when it is well."""

    name: str
    said: str
    advice: str = ""

    @property
    def is_well(self) -> bool:
        return not self.advice


Check = Callable[[Runtime], Iterator[Finding]]


def examine(runtime: Runtime, more: Iterable[Check] = ()) -> list[Finding]:
    """Look at everything; a check that cannot look says so and the others go on.

    ``more`` are the checks of packages above this one.
    """
    return [finding for check in (*CHECKS, *more) for finding in check(runtime)]


def _settings(runtime: Runtime) -> Iterator[Finding]:
    settings = runtime.settings
    is_https = settings.public_url.startswith("https:")
    if is_https and not settings.secure_cookies:
        yield Finding("settings", "cookies may travel in the clear", "Set SECURE_COOKIES=1.")
    elif settings.demo and is_https:
        yield Finding(
            "settings",
            "this is a demo that others can reach",
            "Unset DEMO: its passwords are known.",
        )
    else:
        yield Finding("settings", "all readable" + (", demo" if settings.demo else ""))


def _database(runtime: Runtime) -> Iterator[Finding]:
    try:
        at, wanted = current(runtime.database), newest()
        with runtime.database.reading() as connection:
            theirs = connection.execute(select(func.clock_timestamp())).scalar_one()
    except SQLAlchemyError:
        yield Finding("database", "does not answer", "Start PostgreSQL, or correct DATABASE_URL.")
        return
    if at == wanted:
        yield Finding("database", f"answers, at revision {at}")
    else:
        yield Finding("database", f"at revision {at}, wanted is {wanted}", "Run: oms migrate")
    skew_s = abs((theirs - runtime.clock.now()).total_seconds())
    if skew_s <= SKEW_S:
        yield Finding("clock", "agrees with the database's")
    else:
        yield Finding(
            "clock", f"{skew_s:.0f} s away from the database's", "Set both by the same time server."
        )


def _broker(runtime: Runtime) -> Iterator[Finding]:
    try:
        with connect(runtime.settings.redis_url, timeout_s=_PATIENCE_S) as client:
            client.ping()
    except (RedisError, OSError):
        yield Finding(
            "broker",
            "does not answer; mails and live updates wait, nothing is lost",
            "Start Valkey, or correct REDIS_URL.",
        )
    else:
        yield Finding("broker", "answers")


def _disk(runtime: Runtime) -> Iterator[Finding]:
    there = room_of(runtime)
    yield judge_room(there, shutil.disk_usage(there).free)


def room_of(runtime: Runtime) -> Path:
    """The folder of which the room is looked at: that of the house, or the nearest that exists."""
    folder = runtime.settings.state_dir.absolute()
    return next(one for one in (folder, *folder.parents) if one.exists())


def judge_room(folder: Path, free_bytes: int) -> Finding:
    free = f"{free_bytes / ROOM_BYTES:.1f} GiB free at {folder}"
    return Finding("disk", free, "" if free_bytes >= ROOM_BYTES else "Make room: 1 GiB at least.")


def _mail(runtime: Runtime) -> Iterator[Finding]:
    settings = runtime.settings
    if not settings.smtp_url:
        kept = f"kept as files in {settings.state_dir / 'mail'}"
        advice = "" if settings.demo else "Set SMTP_URL: customers get no mail."
        yield Finding("mail", kept, advice)
        return
    parts = urlsplit(settings.smtp_url)
    host, port = parts.hostname or "localhost", parts.port or _MAIL_PORTS[parts.scheme]
    try:
        socket.create_connection((host, port), timeout=_PATIENCE_S).close()
    except OSError:
        yield Finding("mail", f"{host}:{port} does not answer", "Start it, or correct SMTP_URL.")
    else:
        yield Finding("mail", f"{host}:{port} answers")


def _mail_in(runtime: Runtime) -> Iterator[Finding]:
    settings = runtime.settings
    ways = [
        name
        for name, is_on in (("mailbox", settings.mail_in_url), ("hook", settings.mail_in_secret))
        if is_on
    ]
    if not ways:
        needs = bool(settings.mail_reply_address)
        advice = "Set MAIL_IN_URL or MAIL_IN_SECRET: answers go nowhere." if needs else ""
        yield Finding("mail in", "off", advice)
        return
    try:
        with runtime.database.reading() as connection:
            found = mail_in.boxes(connection)
    except SQLAlchemyError:
        return  # said already, under "database"
    broken = [one for one in found if one.failed_at is not None and settings.mail_in_url]
    said = f"by {' and '.join(ways)}"
    if broken:
        since = f"{broken[0].failed_at:%Y-%m-%d %H:%M} UTC"
        yield Finding("mail in", f"{said}; the mailbox fails since {since}: {broken[0].why}", _BOX)
    elif not settings.reply_address:
        yield Finding("mail in", said, "Set MAIL_REPLY_ADDRESS: answers find no case without it.")
    else:
        yield Finding("mail in", said)


_BOX: Final = "Look whether MAIL_IN_URL is right: user, password, folder, TLS."


def _work(runtime: Runtime) -> Iterator[Finding]:
    try:
        with runtime.database.reading() as connection:
            waits = backlog.look(connection)
    except SQLAlchemyError:
        return  # said already, under "database"
    now = runtime.clock.now()
    health = policy.judge(waits, now=now, is_broker_there=True)
    late = health.events is not policy.Mood.FINE
    yield Finding(
        "outbox",
        f"{waits.events} events wait, the oldest for {waits.age_s(now):.0f} s",
        "Start the relay: python -m oms_service.relay" if late else "",
    )
    yield Finding(
        "effects",
        f"{waits.effects} wait",
        "" if health.effects is policy.Mood.FINE else "Start a worker, or look at its log.",
    )
    yield Finding(
        "fallout",
        f"{waits.fallout} failed steps",
        "See: oms fallout list" if waits.fallout else "",
    )


def _scans(runtime: Runtime) -> Iterator[Finding]:
    try:
        with runtime.database.reading() as connection:
            strange = wordings.unexplained(connection)
            numbers = waiting.count(connection)
    except SQLAlchemyError:
        return  # said already, under "database"
    told = ", ".join(f"{one.carrier}: {one.words}" for one in strange[:_MOST_WORDS])
    yield Finding(
        "scans",
        f"{len(strange)} wordings nobody knows ({told})" if strange else "all words are known",
        "Explain them at the console, under: Where scans come from" if strange else "",
    )
    yield Finding("numbers", f"{numbers} numbers wait for their parcels")


def _line(runtime: Runtime) -> Iterator[Finding]:
    settings = runtime.settings
    if settings.has_line:
        yield Finding("line", "on; `oms line doctor` asks LINE itself")
    elif settings.line_channel_secret or settings.line_channel_token:
        advice = "Set both LINE_CHANNEL_SECRET and LINE_CHANNEL_TOKEN."
        yield Finding("line", "off, and half set up", advice)
    else:
        yield Finding("line", "off")


def _slack(runtime: Runtime) -> Iterator[Finding]:
    settings = runtime.settings
    if settings.has_slack:
        yield Finding("slack", "on; `oms slack doctor` asks Slack itself")
    elif settings.slack_signing_secret or settings.slack_bot_token or settings.slack_client_id:
        advice = "Set SLACK_SIGNING_SECRET, and SLACK_BOT_TOKEN or SLACK_CLIENT_ID."
        yield Finding("slack", "off, and half set up", advice)
    else:
        yield Finding("slack", "off")


CHECKS: Final[tuple[Check, ...]] = (
    _settings,
    _database,
    _broker,
    _disk,
    _mail,
    _mail_in,
    _line,
    _slack,
    _work,
    _scans,
)
