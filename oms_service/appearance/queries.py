"""How the shop looks, and looked before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from oms_service.appearance.models import ShopLogo, ShopLook
from oms_service.infra.hot import named
from oms_service.kernel.languages import Language

#: Looks that the page of former ones shows.
SHOWN: Final = 20

Reader = Session | Connection


@dataclass(frozen=True, kw_only=True)
class LogoView:
    """A logo by the hash of its content, with the size it is shown at."""

    sha256: str
    width_px: int
    height_px: int


@dataclass(frozen=True, kw_only=True)
class LookView:
    """One look; the one of version 0 is that of a shop that has chosen nothing."""

    version: int = 0
    name_ja: str = ""
    name_en: str = ""
    accent: str | None = None
    logo: LogoView | None = None
    shows_name: bool = True
    changed_by: str = ""
    changed_at: datetime | None = None

    def name(self, language: Language) -> str:
        """The shop's name in a language, else in the other; empty where it has said none."""
        ours = {Language.JAPANESE: self.name_ja, Language.ENGLISH: self.name_en}
        return ours[language] or self.name_ja or self.name_en


_COLUMNS: Final = (
    ShopLook.version,
    ShopLook.name_ja,
    ShopLook.name_en,
    ShopLook.accent,
    ShopLook.logo,
    ShopLook.shows_name,
    ShopLook.changed_by,
    ShopLook.changed_at,
    ShopLogo.width_px,
    ShopLogo.height_px,
)
_LOOKS: Final = (
    select(*_COLUMNS)
    .outerjoin(ShopLogo, ShopLogo.sha256 == ShopLook.logo)
    .order_by(ShopLook.version.desc())
)
_CURRENT: Final = named(_LOOKS.limit(1))


def current(reader: Reader) -> LookView:
    """The look that holds."""
    row = _CURRENT.first(reader)
    return _view(row) if row is not None else LookView()


def former(reader: Reader) -> list[LookView]:
    """The looks before the one that holds, the newest first; at most ``SHOWN``."""
    return [_view(row) for row in reader.execute(_LOOKS.offset(1).limit(SHOWN))]


def logo(reader: Reader, sha256: str) -> LogoView | None:
    """A logo that is kept, also one that no look has yet."""
    found = select(ShopLogo.sha256, ShopLogo.width_px, ShopLogo.height_px)
    row = reader.execute(found.where(ShopLogo.sha256 == sha256)).first()
    if row is None:
        return None
    return LogoView(sha256=row.sha256, width_px=row.width_px, height_px=row.height_px)


def picture(reader: Reader, sha256: str, *, as_icon: bool) -> bytes | None:
    """The PNG itself, or the square one made of it."""
    column = ShopLogo.icon if as_icon else ShopLogo.content
    return reader.execute(select(column).where(ShopLogo.sha256 == sha256)).scalar()


def _view(row: Any) -> LookView:
    return LookView(
        version=row.version,
        name_ja=row.name_ja,
        name_en=row.name_en,
        accent=row.accent,
        logo=LogoView(sha256=row.logo, width_px=row.width_px, height_px=row.height_px)
        if row.logo is not None
        else None,
        shows_name=row.shows_name,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )
