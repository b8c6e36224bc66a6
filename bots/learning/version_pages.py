"""Weights of the shop's own on a page: train them, see how far it is, use one or go back."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from bots.learning import queries, versions
from bots.learning.states import VersionState
from bots.learning.versions import PRODUCT, NotUsable
from bots.understanding import model
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard
from oms_service.kernel.errors import NotFound, Stale
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "learning_versions",
    __name__,
    url_prefix="/desk/settings/learning/versions",
    template_folder="templates",
)
_DIGITS: Final = 15
STATES: Final = {
    VersionState.TRAINING: N_("is being trained"),
    VersionState.KEPT: N_("understands no worse"),
    VersionState.WORSE: N_("understands worse, not used"),
    VersionState.FAILED: N_("came to nothing"),
}


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.get("")
@guard("answers:manage")
def overview() -> str:
    """What is used, what is being trained, and what one can go back to."""
    return _shown("learning/versions.html")


@blueprint.get("/now")
@guard("answers:manage")
def now() -> str:
    """The piece of the page that changes by itself while a training goes on."""
    return _shown("learning/versions_now.html")


@blueprint.post("")
@guard("answers:manage")
def train() -> ResponseReturnValue:
    """Ask for a training; two who press at once ask for one."""
    with runtime().unit_of_work(actor()) as uow:
        is_new = versions.request(uow)
    if is_new:
        flash(_("The training begins. The chat goes on as before until it has ended."), "success")
    else:
        flash(_("A training is under way already."), "accent")
    return redirect(address("learning_versions.overview"), HTTPStatus.SEE_OTHER)


@blueprint.post("/use")
@guard("answers:manage")
def use() -> ResponseReturnValue:
    """Use a version from now on, or go back to what came with the product."""
    wanted, seen = _number("version"), _number("seen")
    try:
        with runtime().unit_of_work(actor()) as uow:
            versions.use(uow, wanted, seen=seen)
    except Stale:
        flash(_("Somebody changed this meanwhile. Look at it again."), "attention")
    except (NotFound, NotUsable):
        flash(_("This version cannot be used any more."), "attention")
    else:
        flash(_("It is used from the next message on."), "success")
    return redirect(address("learning_versions.overview"), HTTPStatus.SEE_OTHER)


def _shown(template: str) -> str:
    with runtime().database.looking() as session:
        found = versions.newest(session)
        own = len(queries.taught(session))
        names = access.staff_names(session.connection())
    return render_template(
        template,
        area="desk",
        versions=found,
        training=next((one for one in found if one.state is VersionState.TRAINING), None),
        active=next((one for one in found if one.is_active), None),
        own=own,
        product=PRODUCT,
        product_digest=model.shipped_head().digest,
        states=STATES,
        names={f"staff:{one}": name for one, name in names.items()},
    )


def _number(name: str) -> int:
    typed = request.form.get(name, "")
    is_one = typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS
    return int(typed) if is_one else -1
