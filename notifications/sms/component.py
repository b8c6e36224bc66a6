"""Connects short messages with the house: their page, their reader, their sweep."""

from dataclasses import dataclass

from flask import Flask

from notifications.sms import incoming, numbers, pages
from notifications.sms.incoming import Incoming
from oms_service.infra.intake import Inbound
from oms_service.infra.sweeps import Sweep
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime


@dataclass(frozen=True)
class _Reading:
    """Reads in the name of the shop as it is called at that moment."""

    runtime: Runtime

    def read(self, uow: UnitOfWork, body: Inbound) -> str | None:
        settings = self.runtime.settings
        return Incoming(
            shop={one: self.runtime.look.name(one) for one in Language},
            language=settings.language,
            page=f"{settings.public_url}/account/notices/number",
            of_strangers=settings.mail_in_strangers,
        ).read(uow, body)


def register(app: Flask, runtime: Runtime) -> None:
    """Hang short messages in."""
    app.register_blueprint(pages.blueprint)
    runtime.intake.add(incoming.SOURCE, _Reading(runtime).read, owner="lead")
    runtime.sweeps.add(Sweep("forget-codes-by-text", 3600, numbers.forget_old_codes))
