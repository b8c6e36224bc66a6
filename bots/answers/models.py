"""The shop's own answers as stored: every version stays."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bots.answers.states import Topic
from oms_service.infra.db import PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Words


class ShopAnswer(Model):
    """One version of an answer; of each code the highest version holds.

    What comes with the product stands in ``standard.toml`` as version 0 and in no row.
    ``questions``: ``{"ja": ["送料はいくらですか", …], "en": […]}``; the first one is the title.
    """

    __tablename__ = "shop_answers"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("product_id IS NULL OR topic = 'products'", name="product_id"),
        Index("ix_shop_answers_product_id", "product_id"),
    )

    id: Mapped[Key]
    code: Mapped[Code]
    version: Mapped[int]
    topic: Mapped[Topic] = mapped_column(enum_column(Topic, "topic"))
    product_id: Mapped[int | None] = mapped_column(ref("products.id"))
    questions: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    body: Mapped[Words] = mapped_column(info=PLAIN)
    is_active: Mapped[bool]
    by: Mapped[ActorRef]
    at: Mapped[datetime]
