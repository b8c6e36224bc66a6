"""Fitted models of arrivals as stored, and the nights on which one was asked for."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, Code, Key, Model, ref


class EtaModel(Model):
    """One fitted model. The newest that is active is used; none is ever edited.

    ``data`` is what ``arrivals.fitted`` writes, ``digest`` tells it apart from others; ``figures``
    are those of its own backtest. ``refusal`` says why it is not used, as a code.
    """

    __tablename__ = "eta_models"
    __table_args__ = (
        CheckConstraint("journeys >= 0", name="journeys"),
        CheckConstraint("length(digest) = 64", name="digest"),
        CheckConstraint("is_active = (refusal = '')", name="refusal"),
        CheckConstraint("from_at <= until_at", name="history"),
        Index("ix_eta_models_active", "version", postgresql_where=text("is_active")),
    )

    version: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    fitted_at: Mapped[datetime]
    #: What it was learned from: how many journeys, from the first placed to the last moment.
    journeys: Mapped[int]
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    data: Mapped[bytes] = mapped_column(LargeBinary, info=PLAIN)
    is_active: Mapped[bool]
    refusal: Mapped[Code] = mapped_column(default="")


class EtaFit(Model):
    """One night's fit: asked for once a day, finished once, with what came of it as a code."""

    __tablename__ = "eta_fits"
    __table_args__ = (CheckConstraint("(finished_at IS NULL) = (outcome = '')", name="finished"),)

    id: Mapped[Key]
    day: Mapped[date] = mapped_column(unique=True)
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[Code] = mapped_column(default="")
    version: Mapped[int | None] = mapped_column(ref("eta_models.version", ondelete="SET NULL"))
