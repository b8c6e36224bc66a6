"""The database: engine, sessions, the base of every table, and the column types they share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKey,
    Identity,
    MetaData,
    String,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached, mapped_column
from sqlalchemy.types import TypeDecorator

from oms_service.infra.once import READS_ONLY
from oms_service.kernel.languages import Words

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


PERSONAL: Final = {"personal": "customer"}
"""``info`` of a column that may tell something of a customer: shown to them, emptied by erasure."""

OF_STAFF: Final = {"personal": "staff"}
"""``info`` of a column that tells something of a colleague."""

PLAIN: Final = {"personal": ""}
"""``info`` of a column of text, bytes or JSON in which nothing personal is ever kept."""


class UtcTime(TypeDecorator[datetime]):
    """``timestamptz`` that refuses naive times and always reads back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return value.astimezone(UTC) if value is not None else None


class Model(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcTime,
        dict[str, Any]: JSONB,
        dict[str, str]: JSONB,
        list[str]: JSONB,
        Words: JSONB,
    }


Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
"""A row's own id: internal, never shown outside."""

Code = Annotated[str, mapped_column(String(60), info=PLAIN)]
"""A short word of ours or of a partner."""

ActorRef = Annotated[str, mapped_column(String(80), info=PLAIN)]
"""Who did it, as ``kernel.actors`` writes it: a kind and an id."""

Currency = Annotated[str, mapped_column(String(3), info=PLAIN)]
Minor = Annotated[int, mapped_column(BigInteger)]
"""Money in minor units; the row's ``currency`` says of which."""


M = TypeVar("M", bound=Model)


def ref(target: str, *, ondelete: str | None = None) -> ForeignKey:
    """A foreign key by table and column name: packages point at each other's rows, no more."""
    return ForeignKey(target, ondelete=ondelete)


def enum_column(kind: type[StrEnum], name: str) -> Enum:
    """A StrEnum kept as text, with a CHECK named ``name`` that lists its values."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


#: How many statements a connection keeps prepared: more than the largest page says, with room for
#: what all pages of a day have in common. The driver's 100 had each page drop those of the last.
PREPARED: Final = 400


class Database:
    """One pool of connections: sessions to change with, autocommit connections to read with."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        address = url.replace("postgresql://", "postgresql+psycopg://", 1).replace(
            "postgres://", "postgresql+psycopg://", 1
        )
        options: dict[str, Any] = {
            "pool_size": pool_size,
            "max_overflow": pool_size,
            "pool_timeout": 10,
            "hide_parameters": True,  # errors are shown and kept; what was written may be personal
            "connect_args": {"connect_timeout": 5, "application_name": "oms"},
        }
        self.engine = create_engine(address, **options)
        # A pool of its own: its connections stay in AUTOCOMMIT, so that taking one and giving it
        # back costs nothing. Switching those of the other pool cost a sixth of a hot read.
        self.reading_engine = create_engine(
            address,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            execution_options={READS_ONLY: True},
            **options,
        )
        for engine in self.engines:
            event.listen(engine, "connect", _keep_prepared)

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """Both pools, for whoever watches statements."""
        return self.engine, self.reading_engine

    def session(self) -> Session:
        """A new session; only the unit of work makes one to write with."""
        return Session(self.engine, expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection without a transaction: one statement, one consistent answer, no BEGIN."""
        with self.reading_engine.connect() as connection:
            yield connection

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """A session for reads that use mapped rows; whatever it holds is thrown away."""
        with Session(self.reading_engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()
        self.reading_engine.dispose()


def _keep_prepared(connection: Any, _record: object) -> None:
    """Set up a new connection of the driver's."""
    connection.prepared_max = PREPARED


#: Waited too long for a lock, chosen to end a ring of waiting, or overtaken: try again.
_IN_THE_WAY: Final = frozenset({"55P03", "40P01", "40001"})


def stored(session: Session, row: M) -> M:
    """A row that was inserted just now by a hot statement, as the session holds rows it has read.

    Give it every column: the others are read when they are asked for.
    """
    make_transient_to_detached(row)
    session.add(row)
    return row


def is_in_the_way(error: BaseException) -> bool:
    """Whether others held what was needed: nothing is wrong, and the same again may do."""
    return isinstance(error, DBAPIError) and (getattr(error.orig, "sqlstate", None) in _IN_THE_WAY)
