"""The demo's mailbox: what the shop wrote, since no mail leaves a demo."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from oms_service.access.guard import public
from oms_service.adapters.mail.mailbox import letters
from oms_service.runtime import runtime

blueprint = Blueprint("mailbox", __name__, template_folder="templates")


@blueprint.get("/demo/mailbox")
@public(reason="shown in a demo only, where every mail is an invented customer's")
def box() -> ResponseReturnValue:
    return render_template(
        "console/mailbox.html", letters=letters(runtime().settings.state_dir / "mail")
    )
