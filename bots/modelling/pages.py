"""What the plugged-in model is asked for, what comes of it, and what it costs today."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, render_template

from bots.modelling import queries
from bots.modelling.words import OUTCOMES, PURPOSES
from oms_service.access.guard import guard
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint(
    "modelling", __name__, url_prefix="/desk/settings/model", template_folder="templates"
)
_SHOWN: Final = timedelta(days=7)


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.get("")
@guard("answers:manage")
def overview() -> str:
    """Today's budget and the outcomes of a week."""
    house = runtime()
    settings, now = house.settings, house.clock.now()
    with house.database.reading() as connection:
        today = queries.day(connection, now.astimezone(settings.zone).date())
        found = queries.outcomes(connection, now - _SHOWN)
    return render_template(
        "modelling/overview.html",
        area="desk",
        settings=settings,
        host=urlsplit(settings.model_url).hostname,
        today=today,
        found=found,
        purposes={purpose: _(said) for purpose, said in PURPOSES.items()},
        outcomes={outcome: _(said) for outcome, said in OUTCOMES.items()},
    )
