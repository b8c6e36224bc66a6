"""Reading and changing the carriers' services the shop sends by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.languages import Words
from oms_service.shipping import areas, rates
from oms_service.shipping.areas import Area
from oms_service.shipping.calendars import queries as calendars
from oms_service.shipping.calendars.service import touch
from oms_service.shipping.models import CarrierService
from oms_service.shipping.rates import Service


class ServiceChanged(DomainError):
    """Somebody else has changed this service meanwhile."""

    code: ClassVar[str] = "service-changed"


@dataclass(frozen=True, kw_only=True)
class NewService:
    """A service as the shop describes it; ``rates`` and ``remote`` as ``shipping.rates`` reads."""

    carrier: str
    service: str
    name: Words
    currency: str
    max_weight_g: int
    max_sides_mm: int | None = None
    max_longest_mm: int | None = None
    max_thickness_mm: int | None = None
    extra_days: int = 0
    has_cash_on_delivery: bool = False
    rates: Mapping[str, Any]
    remote: Mapping[str, Any]
    is_active: bool = True


@dataclass(frozen=True)
class ServiceView:
    """A service as stored."""

    id: int
    carrier: str
    service: str
    name: Words
    currency: str
    max_weight_g: int
    max_sides_mm: int | None
    max_longest_mm: int | None
    max_thickness_mm: int | None
    extra_days: int
    has_cash_on_delivery: bool
    rates: Mapping[str, Any]
    remote: Mapping[str, Any]
    is_active: bool
    version: int

    def readable(self, places: Mapping[str, Area]) -> Service:
        """The same, ready to be asked for prices; ``places`` are remote areas by code."""
        return Service(
            carrier=self.carrier,
            service=self.service,
            name=self.name,
            currency=self.currency,
            max_weight_g=self.max_weight_g,
            max_sides_mm=self.max_sides_mm,
            max_longest_mm=self.max_longest_mm,
            max_thickness_mm=self.max_thickness_mm,
            extra_days=self.extra_days,
            has_cash_on_delivery=self.has_cash_on_delivery,
            steps=rates.read_steps(self.rates),
            remote=rates.read_remote(self.remote, places),
            areas=areas.by_prefix(places.values()),
        )


_COLUMNS = tuple(getattr(CarrierService, name) for name in ServiceView.__dataclass_fields__)


def services(session: Session) -> tuple[ServiceView, ...]:
    """Every service, by carrier and name, out of use ones too."""
    query = select(*_COLUMNS).order_by(CarrierService.carrier, CarrierService.id)
    return tuple(ServiceView(*row) for row in session.execute(query))


def service_by_id(session: Session, service_id: int) -> ServiceView:
    """The service of that id.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(select(*_COLUMNS).where(CarrierService.id == service_id)).one_or_none()
    if row is None:
        raise NotFound("no such service")
    return ServiceView(*row)


def in_use(session: Session) -> tuple[Service, ...]:
    """The services parcels may go by, ready to be asked."""
    query = (
        select(*_COLUMNS)
        .where(CarrierService.is_active)
        .order_by(CarrierService.carrier, CarrierService.id)
    )
    places = calendars.areas_by_code(session)
    return tuple(ServiceView(*row).readable(places) for row in session.execute(query))


def offer_service(uow: UnitOfWork, new: NewService) -> int:
    """A service to send by; asked again for the same one, it is as it was. Returns its id.

    Raises:
        Invalid: ``fields`` names each wrong value.
    """
    _check(uow, new)
    locks.a_name(uow.session, f"carrier_service {new.carrier} {new.service}")
    known = uow.session.scalar(
        select(CarrierService.id).where(
            CarrierService.carrier == new.carrier, CarrierService.service == new.service
        )
    )
    if known is not None:
        return known
    row = CarrierService(carrier=new.carrier, service=new.service, currency=new.currency, version=1)
    _fill(row, new)
    uow.session.add(row)
    touch(uow)
    return row.id


def change_service(
    uow: UnitOfWork, service_id: int, new: NewService, *, version: int
) -> ServiceView:
    """Edit a service; its carrier, code and currency stay as they are.

    Raises:
        NotFound: there is none.
        ServiceChanged: ``version`` is not the one that is stored.
        Invalid: ``fields`` names each wrong value.
    """
    _check(uow, new)
    row = locks.one(uow.session, CarrierService, service_id)
    if row.version != version:
        raise ServiceChanged("this service was changed meanwhile")
    _fill(row, new)
    row.version += 1
    touch(uow)
    return service_by_id(uow.session, service_id)


def _fill(row: CarrierService, new: NewService) -> None:
    row.name = dict(new.name)
    row.max_weight_g = new.max_weight_g
    row.max_sides_mm = new.max_sides_mm
    row.max_longest_mm = new.max_longest_mm
    row.max_thickness_mm = new.max_thickness_mm
    row.extra_days = new.extra_days
    row.has_cash_on_delivery = new.has_cash_on_delivery
    row.rates, row.remote = dict(new.rates), dict(new.remote)
    row.is_active = new.is_active


def _check(uow: UnitOfWork, new: NewService) -> None:
    limits = {
        "max_weight_g": new.max_weight_g,
        "max_sides_mm": new.max_sides_mm,
        "max_longest_mm": new.max_longest_mm,
        "max_thickness_mm": new.max_thickness_mm,
    }
    wrong = {
        name: "must be from 1 to 1000000"
        for name, value in limits.items()
        if value is not None and not 1 <= value <= 1_000_000  # noqa: PLR2004 - a ton, a kilometre
    }
    if not 0 <= new.extra_days <= 60:  # noqa: PLR2004 - two months
        wrong["extra_days"] = "must be from 0 to 60"
    wrong |= _wrong_words(new)
    places = calendars.areas_by_code(uow.session)
    for part, read in (
        ("rates", lambda: rates.read_steps(new.rates)),
        ("remote", lambda: rates.read_remote(new.remote, places)),
    ):
        try:
            read()
        except Invalid as error:
            wrong |= {f"{part}.{name}": why for name, why in error.fields.items()}
    if wrong:
        raise Invalid("this service cannot be read", wrong)


def _wrong_words(new: NewService) -> dict[str, str]:
    wrong = {
        name: "must be 1 to 60 letters, digits, - or _"
        for name, value in (("carrier", new.carrier), ("service", new.service))
        if not 1 <= len(value) <= 60 or not value.replace("-", "").replace("_", "").isalnum()  # noqa: PLR2004 - as the column
    }
    for language in ("ja", "en"):
        said = new.name.get(language, "")
        if not said.strip() or len(said) > 80 or not said.isprintable():  # noqa: PLR2004 - a line
            wrong[f"name.{language}"] = "must be 1 to 80 characters"
    return wrong
