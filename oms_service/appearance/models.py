"""How the shop looks, as stored: one row for each look it ever had, the newest holds."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Model, ref

MOST_NAME: Final = 40
#: PNGs of at most 480 x 120 and 180 x 180 dots, four bytes each, with room for their frames.
MOST_LOGO: Final = 300_000


class ShopLogo(Model):
    """A picture by the hash of its content; the same one sent twice is one row."""

    __tablename__ = "shop_logos"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint(f"octet_length(content) BETWEEN 1 AND {MOST_LOGO}", name="content"),
        CheckConstraint(f"octet_length(icon) BETWEEN 1 AND {MOST_LOGO}", name="icon"),
        CheckConstraint("width_px BETWEEN 1 AND 480 AND height_px BETWEEN 1 AND 120", name="size"),
    )

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, info=PLAIN)
    content: Mapped[bytes] = mapped_column(LargeBinary, info=PLAIN)
    icon: Mapped[bytes] = mapped_column(LargeBinary, info=PLAIN)
    width_px: Mapped[int]
    height_px: Mapped[int]
    added_at: Mapped[datetime]


class ShopLook(Model):
    """One look. Empty names and no accent mean those of the settings and of the style sheets."""

    __tablename__ = "shop_looks"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("accent ~ '^#[0-9a-f]{6}$'", name="accent"),
        CheckConstraint("shows_name OR logo IS NOT NULL", name="shows_name"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name_ja: Mapped[str] = mapped_column(String(MOST_NAME), info=PLAIN)
    name_en: Mapped[str] = mapped_column(String(MOST_NAME), info=PLAIN)
    accent: Mapped[str | None] = mapped_column(String(7), info=PLAIN)
    logo: Mapped[str | None] = mapped_column(String(64), ref("shop_logos.sha256"), info=PLAIN)
    #: Whether the name stands beside the logo; a logo that is the name needs it only once.
    shows_name: Mapped[bool]
    changed_by: Mapped[ActorRef]
    changed_at: Mapped[datetime]
