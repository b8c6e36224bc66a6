"""What a running process holds. Edges ask for it; the domain is handed the piece it needs."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final, cast

from flask import Response, current_app, g, request
from sqlalchemy import Connection

from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.oidc.client import Oidc
from oms_service.appearance.current import Current
from oms_service.conversations.because import Becauses
from oms_service.conversations.breaker import Breaker
from oms_service.conversations.transports import Transports
from oms_service.history.links import Links
from oms_service.history.sources import TimelineSources
from oms_service.infra import correlation, once, relay
from oms_service.infra.db import Database
from oms_service.infra.intake import Intake
from oms_service.infra.keeping import Keeping
from oms_service.infra.limits import Limits
from oms_service.infra.live import Live, connect
from oms_service.infra.privacy import Keepers
from oms_service.infra.queues import Jobs
from oms_service.infra.rounds import Rounds
from oms_service.infra.seats import Seats
from oms_service.infra.subscribers import Subscribers
from oms_service.infra.sweeps import Sweeps
from oms_service.infra.uow import UnitOfWork, transaction
from oms_service.kernel.actors import Actor
from oms_service.kernel.clock import Clock
from oms_service.kernel.languages import Words
from oms_service.ports.files import FileStore
from oms_service.ports.registry import Adapters
from oms_service.ports.slots import Slots
from oms_service.settings import Settings

EXTENSION: Final = "oms"


@dataclass(frozen=True)
class Runtime:
    """The collaborators of one process, built once by ``create_app``."""

    settings: Settings
    clock: Clock
    database: Database
    live: Live
    jobs: Jobs
    limits: Limits
    adapters: Adapters
    files: FileStore
    subscribers: Subscribers = field(default_factory=Subscribers)
    timeline: TimelineSources = field(default_factory=TimelineSources)
    transports: Transports = field(default_factory=Transports)
    becauses: Becauses = field(default_factory=Becauses)
    slots: Slots = field(default_factory=Slots)
    seats: Seats = field(default_factory=Seats)
    sweeps: Sweeps = field(default_factory=Sweeps)
    intake: Intake = field(default_factory=Intake)
    keepers: Keepers = field(default_factory=Keepers)
    keeping: Keeping = field(default_factory=Keeping)
    #: By what somebody's work can be limited to: what there is of it, ids with names.
    scopes: dict[str, Callable[[Connection], Mapping[int, Words]]] = field(default_factory=dict)

    @contextmanager
    def unit_of_work(
        self,
        actor: Actor,
        *,
        correlation_id: uuid.UUID | None = None,
        causation_id: uuid.UUID | None = None,
    ) -> Iterator[UnitOfWork]:
        """One transaction in the name of ``actor``: it commits on a clean exit or not at all."""
        with transaction(
            self.database.session(),
            clock=self.clock,
            actor=actor,
            after_commit=self.live.after_commit,
            correlation_id=correlation_id or correlation.current(),
            causation_id=causation_id,
        ) as uow:
            yield uow
        once.forget()

    @cached_property
    def links(self) -> Links:
        """Who writes and reads the links that show where an order is."""
        return Links(self.settings.secret_key, self.settings.public_url.rstrip("/"))

    @cached_property
    def mail_addresses(self) -> Addresses:
        """Who signs and reads the ids and addresses of letters."""
        settings = self.settings
        return Addresses(
            settings.secret_key,
            settings.mail_from,
            settings.reply_address,
            settings.public_url,
        )

    @cached_property
    def rounds(self) -> Rounds:
        """When each sweep was last done."""
        return Rounds(connect(self.settings.redis_url, timeout_s=0.5))

    @cached_property
    def breaker(self) -> Breaker:
        """Which channels rest, over all processes."""
        return Breaker(connect(self.settings.redis_url, timeout_s=0.5), self.clock.now)

    @cached_property
    def look(self) -> Current:
        """The shop's name and how it looks, as the house has it now."""
        return Current(self.database, self.settings.shop_name)

    @cached_property
    def sign_in_providers(self) -> Mapping[tuple[str, str], Oidc]:
        """By ``staff`` or ``customer`` and their code: who lets people in besides ourselves."""
        settings = self.settings
        both = (("staff", settings.staff_oidc), ("customer", settings.customer_oidc))
        return {
            (kind, one.slug): Oidc(one, self.clock.now) for kind, known in both for one in known
        }

    @property
    def tools(self) -> relay.Tools:
        """What the worker runs effects with."""
        return relay.Tools(
            self.unit_of_work,
            self.subscribers,
            self.clock,
            self.database,
            self.adapters,
            timedelta(seconds=self.settings.effect_lease_s),
        )


def runtime() -> Runtime:
    return cast(Runtime, current_app.extensions[EXTENSION])


def reading() -> Connection:
    """This request's connection for reading: taken when first asked for, then the same one."""
    if "reading" not in g:
        g.reading = runtime().database.reading_engine.connect()
    return cast(Connection, g.reading)


def begin_reading() -> None:
    """Let what this request asks twice be read once, if it only looks."""
    if request.method in {"GET", "HEAD"}:
        once.begin()


def end_of_page(response: Response) -> Response:
    """The page is made; what is streamed after it is read anew each time."""
    once.end()
    return response


def stop_reading(_error: BaseException | None) -> None:
    """Give the request's connection back, if it took one."""
    once.end()
    connection: Connection | None = g.pop("reading", None)
    if connection is not None:
        connection.close()
