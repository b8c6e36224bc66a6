"""Reads the bodies that carriers sent, polled answers and files of scans: one way for all."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.infra import fallout
from oms_service.infra import inbound as kept
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.inbound import InboundState
from oms_service.infra.intake import Inbound
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.ports.carrier import KIND, ScanFact, Unreadable, Wordings
from oms_service.ports.registry import Adapters
from oms_service.shipping import carriers, service
from oms_service.shipping.events import ParcelHandedOver
from oms_service.shipping.numbers import tracking_key
from oms_service.shipping.service import NO_SUCH_PARCEL, Recorded, Refused
from oms_service.shipping.sources import mappings, reading, waiting, wordings
from oms_service.shipping.sources.reading import NotSuchAFile
from oms_service.shipping.sources.waiting import Awaited, Found

#: Bodies in a carrier's own form, by its slug: ``carrier:yamato``.
SOURCE: Final = "carrier"
#: Bodies and files read by a mapping, by its name: ``mapping:plain-csv``.
BY_MAPPING: Final = "mapping"
#: Numbers one transaction of the sweep picks up.
BATCH: Final = 100
#: A file is kept as it came, like a body.
MOST_BYTES: Final = 16 * 1024 * 1024
_WRONG_ROWS_TOLD: Final = 3


class Record(Protocol):
    """Puts scans where they belong."""

    def __call__(
        self,
        uow: UnitOfWork,
        facts: Sequence[ScanFact],
        *,
        zone: ZoneInfo,
        inbound_id: int | None = None,
    ) -> Recorded: ...


@dataclass(frozen=True)
class Parsed:
    """What a body says; ``left`` is told of what could not be read in it."""

    facts: Sequence[ScanFact]
    left: str = ""


@dataclass(frozen=True, kw_only=True)
class FileTaken:
    """What became of a file: rows by number that were refused, and rows that could not be read."""

    rows: int
    new: int
    repeated: int
    refused: tuple[tuple[int, Refused], ...]
    wrong: tuple[reading.RowWrong, ...]


Parse = Callable[[Session, str, bytes], Parsed]
"""Reads a body of a source of one kind: ``(session, what stands behind the colon, body)``."""


@dataclass(frozen=True)
class Scans:
    """Every way scans come in, to where they belong.

    Args:
        adapters: the carriers of the house.
        zone: whose days windows are made of.
        record: puts scans where they belong.
        kinds: more kinds of bodies, each with its parser.
        awaited: who else than a parcel of ours may know a number.
    """

    adapters: Adapters
    zone: ZoneInfo
    record: Record = service.record_scans
    kinds: Mapping[str, Parse] = field(default_factory=dict)
    awaited: Awaited | None = None

    def read(self, uow: UnitOfWork, inbound: Inbound) -> str | None:
        """The reader of every kind; numbers nobody knows wait, the rest is kept."""
        (cause,) = self.read_together(uow, [inbound])
        return cause

    def read_together(self, uow: UnitOfWork, inbounds: Sequence[Inbound]) -> list[str | None]:
        """Several bodies at once, as if each were read alone."""
        facts: list[ScanFact] = []
        left: dict[int, str] = {}
        for one in inbounds:
            try:
                parsed = self._parsed(uow.session, one.source, one.body)
            except Unreadable as problem:
                left[one.id] = f"unreadable: {problem}"
                continue
            facts += [replace(fact, inbound_id=one.id) for fact in parsed.facts]
            left[one.id] = parsed.left
        done = self.record(uow, facts, zone=self.zone)
        refused: dict[int, list[Refused]] = {one.id: [] for one in inbounds}
        for scan in done.refused:
            refused[scan.fact.inbound_id or 0].append(scan)
        waiting.note(uow, {number: _strangers(scans) for number, scans in refused.items()})
        said = Counter(fact.inbound_id for fact in facts)
        return [_cause(said[one.id], refused[one.id], left[one.id]) for one in inbounds]

    def take_file(self, uow: UnitOfWork, name: str, body: bytes) -> FileTaken:
        """A file that somebody hands in, read by the mapping of that name and kept with its rows.

        Handed in again it adds nothing. Rows that are wrong, or whose parcel nobody knows, are
        told, and stay with the body as a failed step; the others count.

        Raises:
            Unreadable: it is no such file; nothing is kept.
        """
        if len(body) > MOST_BYTES:
            raise NotSuchAFile("too_large", str(MOST_BYTES))
        found = look(uow.session, self.adapters, name, body)
        source = f"{BY_MAPPING}:{name}"
        inbound_id = kept.keep(uow, source=source, body=body)
        facts = [
            replace(fact, inbound_id=inbound_id)
            for fact in wordings.applied(uow.session, found.facts)
        ]
        done = self.record(uow, facts, zone=self.zone)
        row_of = {id(fact): row for fact, (row, _) in zip(facts, found.scans, strict=True)}
        refused = sorted(
            ((row_of[id(one.fact)], one) for one in done.refused), key=lambda pair: pair[0]
        )
        if inbound_id is not None:
            waiting.note(uow, {inbound_id: _strangers(done.refused)})
            cause = _cause(len(facts), done.refused, _rows_left(found))
            self._settle(uow, inbound_id, source, cause)
        return FileTaken(
            rows=len(facts) + len(found.wrong),
            new=done.new,
            repeated=done.repeated,
            refused=tuple(refused),
            wrong=found.wrong,
        )

    def take(
        self, uow: UnitOfWork, facts: Sequence[ScanFact], *, source: str, body: bytes
    ) -> Recorded:
        """Scans that somebody reports and waits for an answer.

        The body is kept where numbers in it have no parcel yet: they wait with it, as those of
        every other body do. ``source`` is of a kind that is read.
        """
        done = self.record(uow, facts, zone=self.zone)
        strangers = _strangers(done.refused)
        inbound_id = kept.keep(uow, source=source, body=body) if strangers else None
        if inbound_id is not None:
            waiting.note(uow, {inbound_id: strangers})
            self._settle(uow, inbound_id, source, _cause(len(facts), done.refused, ""))
        return done

    def _settle(self, uow: UnitOfWork, inbound_id: int, source: str, cause: str | None) -> None:
        state = InboundState.TAKEN if cause is None else InboundState.REFUSED
        kept.settle(uow, inbound_id, state)
        if cause is not None:
            fallout.record(
                uow,
                FalloutKind.INBOUND,
                subject_id=inbound_id,
                step=source.partition(":")[0],
                what=f"body {inbound_id} from {source}",
                cause=cause,
                owner="operations",
                attempts=1,
            )

    def pick_up(self, uow: UnitOfWork, event: ParcelHandedOver) -> None:
        """A parcel is known now: what was said of it before belongs to it."""
        self._take(uow, waiting.take_found(uow, limit=BATCH, parcel_id=event.parcel_id))

    def pick_up_waiting(self, uow: UnitOfWork) -> int:
        """The sweep: scans that came in the moment their parcel did, or whose parcel was loaded.

        And those of numbers that somebody else expects by now, such as a return.
        """
        found = waiting.take_found(uow, limit=BATCH)
        if self.awaited is not None and len(found) < BATCH:
            found += waiting.take_awaited(uow, self.awaited, limit=BATCH - len(found))
        self._take(uow, found)
        return len(found)

    def _take(self, uow: UnitOfWork, found: Sequence[Found]) -> None:
        facts: dict[int, list[ScanFact]] = {}
        for one in found:
            said = self._parsed(uow.session, one.source, one.body).facts
            mine = [
                fact
                for fact in said
                if (fact.carrier, tracking_key(fact.tracking_number)) == one.place
            ]
            facts.setdefault(one.inbound_id, []).extend(mine)
        for inbound_id, mine in sorted(facts.items()):
            self.record(uow, mine, zone=self.zone, inbound_id=inbound_id)
        by_step: dict[str, list[int]] = {}
        for one in found:
            by_step.setdefault(one.source.partition(":")[0], []).append(one.inbound_id)
        for step, ids in sorted(by_step.items()):
            waiting.read_whole_again(uow, sorted(set(ids)), step=step)

    def _parsed(self, session: Session, source: str, body: bytes) -> Parsed:
        kind, _, name = source.partition(":")
        ours: Mapping[str, Parse] = {SOURCE: self._by_carrier, BY_MAPPING: self._by_mapping}
        parse = self.kinds.get(kind) or ours[kind]
        parsed = parse(session, name, body)
        return Parsed(wordings.applied(session, parsed.facts), parsed.left)

    def _by_carrier(self, _session: Session, slug: str, body: bytes) -> Parsed:
        return Parsed(carriers.carrier(self.adapters, slug).parse(body))

    def _by_mapping(self, session: Session, name: str, body: bytes) -> Parsed:
        found = look(session, self.adapters, name, body)
        return Parsed(found.facts, _rows_left(found))


def look(reader: Session | Connection, adapters: Adapters, name: str, body: bytes) -> reading.Read:
    """What a body says by the mapping of that name; changes nothing.

    Raises:
        Unreadable: no such mapping, or no such file.
    """
    try:
        rules = mappings.rules_of(reader, name)
    except NotFound:
        raise NotSuchAFile("no_mapping", name) from None
    return reading.read(rules, body, cache(lambda slug: words_of(adapters, slug)))


def words_of(adapters: Adapters, slug: str) -> Wordings | None:
    """The wordings of a carrier the house knows."""
    try:
        found = adapters.get(KIND, slug)
    except LookupError:
        return None
    return found if isinstance(found, Wordings) else None


def _strangers(refused: Sequence[Refused]) -> list[ScanFact]:
    return [one.fact for one in refused if one.why == NO_SUCH_PARCEL]


def _cause(said: int, refused: Sequence[Refused], left: str) -> str | None:
    """What of a body is left over, or None."""
    if not (refused or left) or not said:
        return left or None
    whys = Counter(one.why for one in refused)
    counts = [f"{count} {why}" for why, count in sorted(whys.items())]
    over = ", ".join([*counts, *([left] if left else [])])
    return f"{said - len(refused)} scans kept, left over: {over}"


def _rows_left(found: reading.Read) -> str:
    if not found.wrong:
        return ""
    told = "; ".join(
        f"row {one.row} {one.path}: {one.why}" for one in found.wrong[:_WRONG_ROWS_TOLD]
    )
    return f"{len(found.wrong)} rows unreadable ({told})"
