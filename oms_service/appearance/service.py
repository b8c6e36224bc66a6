"""Changing how the shop looks; every look stays, so that each change can be undone."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from oms_service.appearance import colours, logos, models, queries
from oms_service.appearance.events import LookChanged
from oms_service.appearance.models import MOST_LOGO, ShopLogo, ShopLook
from oms_service.appearance.queries import LogoView, LookView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound, Stale

_LOCK: Final = "shop look"
#: Signs of a name.
MOST_NAME: Final = models.MOST_NAME
#: How long a picture waits that was only tried on.
_TRIED_ON: Final = timedelta(days=1)
#: Pictures that may wait so at one time.
MOST_TRIED_ON: Final = 20


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A look as somebody wants it: ``accent`` as typed, empty for the house's own colour.

    ``logo`` is the hash of one that ``keep_logo`` has taken in, or None.
    """

    name_ja: str
    name_en: str
    accent: str
    logo: str | None
    shows_name: bool


def checked(wanted: Wanted) -> Wanted:
    """The look as it would be stored: spaces gone, the colour as ``#`` and six digits.

    Raises:
        Invalid: ``fields`` are name_ja, name_en or accent.
        colours.Unreadable: text in that colour could not be read.
    """
    names = {"name_ja": _tidy(wanted.name_ja), "name_en": _tidy(wanted.name_en)}
    wrong = {field: "is too long" for field, name in names.items() if len(name) > MOST_NAME}
    wrong |= {field: "holds signs no name has" for field, name in names.items() if _is_odd(name)}
    accent = colours.read(wanted.accent) if wanted.accent.strip() else ""
    if accent is None:
        wrong["accent"] = "is no colour"
    if wrong:
        raise Invalid("this look cannot be", wrong)
    if accent:
        colours.palette(accent)
    return Wanted(
        **names,
        accent=accent or "",
        logo=wanted.logo,
        shows_name=wanted.shows_name or wanted.logo is None,
    )


def keep_logo(uow: UnitOfWork, logo: logos.Logo) -> LogoView:
    """Take a picture in, to try it on; one that no look ever has is gone after a day.

    Raises:
        Invalid: it is too large even so, or too many are being tried on; field ``logo``.
    """
    if max(len(logo.content), len(logo.icon)) > MOST_LOGO:
        raise Invalid("too large even as a small PNG", {"logo": "large"})
    locks.a_name(uow.session, _LOCK)
    is_unused = ~select(ShopLook.version).where(ShopLook.logo == ShopLogo.sha256).exists()
    uow.session.execute(delete(ShopLogo).where(is_unused, ShopLogo.added_at < uow.now - _TRIED_ON))
    waiting = uow.session.scalar(select(func.count()).select_from(ShopLogo).where(is_unused)) or 0
    if waiting >= MOST_TRIED_ON and queries.logo(uow.session, logo.sha256) is None:
        raise Invalid("too many pictures at a time", {"logo": "many"})
    row = insert(ShopLogo).values(
        sha256=logo.sha256,
        content=logo.content,
        icon=logo.icon,
        width_px=logo.width_px,
        height_px=logo.height_px,
        added_at=uow.now,
    )
    uow.session.execute(
        row.on_conflict_do_update(index_elements=["sha256"], set_={"added_at": uow.now})
    )
    return LogoView(sha256=logo.sha256, width_px=logo.width_px, height_px=logo.height_px)


def change(uow: UnitOfWork, wanted: Wanted, *, version: int) -> LookView:
    """Let the shop look so from now on; sent twice it is one change.

    Args:
        uow: the transaction.
        wanted: the new look.
        version: of the look as it was read.

    Raises:
        Invalid: a name or the colour cannot be, or the logo is not there (any more).
        colours.Unreadable: text in that colour could not be read.
        Stale: somebody changed the look meanwhile.
    """
    right = checked(wanted)
    locks.a_name(uow.session, _LOCK)
    now = queries.current(uow.session)
    if _is(now, right) and (now.version == version or now.changed_by == uow.actor.ref):
        return now
    if now.version != version:
        raise Stale("somebody changed the look meanwhile")
    if right.logo is not None and queries.logo(uow.session, right.logo) is None:
        raise Invalid("no such logo", {"logo": "gone"})
    return _store(uow, right, after=now, back_to=None)


def go_back(uow: UnitOfWork, *, to: int, version: int) -> LookView:
    """Take a former look up again, as a new one; 0 is that of before the first.

    Args:
        uow: the transaction.
        to: the version of the former look.
        version: of the look that holds, as it was read.

    Raises:
        NotFound: there never was such a look.
        Stale: somebody changed the look meanwhile.
    """
    locks.a_name(uow.session, _LOCK)
    now = queries.current(uow.session)
    row = uow.session.get(ShopLook, to) if to else None
    if to and row is None:
        raise NotFound(f"no look {to}")
    right = Wanted(
        name_ja=row.name_ja if row else "",
        name_en=row.name_en if row else "",
        accent=(row.accent or "") if row else "",
        logo=row.logo if row else None,
        shows_name=row.shows_name if row else True,
    )
    if _is(now, right) and (now.version == version or now.changed_by == uow.actor.ref):
        return now
    if now.version != version:
        raise Stale("somebody changed the look meanwhile")
    return _store(uow, right, after=now, back_to=to)


def _store(uow: UnitOfWork, right: Wanted, *, after: LookView, back_to: int | None) -> LookView:
    number = after.version + 1
    uow.session.add(
        ShopLook(
            version=number,
            name_ja=right.name_ja,
            name_en=right.name_en,
            accent=right.accent or None,
            logo=right.logo,
            shows_name=right.shows_name,
            changed_by=uow.actor.ref,
            changed_at=uow.now,
        )
    )
    uow.session.flush()
    uow.emit(LookChanged(look_id=number, back_to=back_to))
    return queries.current(uow.session)


def _is(now: LookView, wanted: Wanted) -> bool:
    held = (now.name_ja, now.name_en, now.accent or "", now.logo and now.logo.sha256)
    asked = (wanted.name_ja, wanted.name_en, wanted.accent, wanted.logo)
    return held == asked and now.shows_name == wanted.shows_name


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _is_odd(name: str) -> bool:
    """Whether it holds what is no sign to read, or what would break a mail's sender."""
    return any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn"} for sign in name)
