"""What is kept of a customer, for themselves: all of it in one file, whenever they ask."""

from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import customer_id, guard
from oms_service.conversations import handing_out
from oms_service.kernel.errors import TooMany
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint("portal_data", __name__, url_prefix="/account", template_folder="templates")

#: Archives that one customer may have made; each reads all there is of them.
TRIES: Final = "5/hour"


@blueprint.get("/data")
@guard(customer=True)
def page() -> str:
    """What is kept, for how long, and the way to a copy."""
    return render_template("portal/data.html")


@blueprint.post("/data")
@guard(customer=True)
def archive() -> ResponseReturnValue:
    """All that is kept of the customer as a zip file, without what only colleagues read."""
    house = runtime()
    try:
        house.limits.take("own-data", str(customer_id()), TRIES)
    except TooMany:
        flash(_("You have fetched your data several times just now. Please try again in an hour."))
        return redirect(url_for("portal_data.page"), 303)
    with house.database.looking() as session:
        made = handing_out.archive(session, house.keepers, customer_id(), inside=False)
    name = f"my-data-{house.clock.now().astimezone(house.settings.zone):%Y-%m-%d}.zip"
    answer = Response(made.chunks(house.files), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
