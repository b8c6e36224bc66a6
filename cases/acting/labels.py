"""Links under which the label of one return is fetched by whoever was sent them, until a day."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from cases.acting.wishes import LabelAgain, Wish
from cases.acting.words import LABEL_MAIL
from cases.views import CaseView
from oms_service.access.guard import public
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language, say
from oms_service.operations.returning import return_labels
from oms_service.orders import queries as orders
from oms_service.returns import queries as returns
from oms_service.runtime import Runtime, runtime

blueprint = Blueprint("return_labels", __name__, url_prefix="/return-label")

#: An older link opens nothing; the portal is there for that.
KEPT: Final = timedelta(days=60)
#: Labels one address may be asked for; each is laid out anew.
_OFTEN: Final = "60/hour"
_LONGEST: Final = 200
_GREATEST: Final = 2**63


def url_of(house: Runtime, session: Session, return_number: str) -> str:
    """The whole address of the label of a return.

    Raises:
        NotFound: no such return.
    """
    found = returns.by_number(session, return_number)
    customer_id = orders.by_id(session, found.order_id).customer_id
    return f"{house.links.base}/return-label/{token(house, found.id, customer_id)}"


def mail(house: Runtime, session: Session, return_number: str, language: Language) -> str:
    """What the customer reads when they are sent a label once more.

    Raises:
        NotFound: no such return.
    """
    url = url_of(house, session, return_number)
    return say(LABEL_MAIL, language).format(number=return_number, url=url)


def worded(house: Runtime, session: Session, case: CaseView, wish: Wish) -> Wish:
    """A wish with what its customer reads, where that is a label sent once more.

    Raises:
        NotFound: no such return.
    """
    if not isinstance(wish, LabelAgain):
        return wish
    return replace(wish, text=mail(house, session, wish.return_number, case.language))


def token(house: Runtime, return_id: int, customer_id: int) -> str:
    """What stands in the address; the same all day long."""
    until = (house.clock.now() + KEPT).date().toordinal()
    return str(_signer(house).dumps([return_id, customer_id, until]))


@blueprint.get("/<written>")
@public(reason="the signed link is of one return and ends; it was given to the customer")
def label(written: str) -> ResponseReturnValue:
    """The label as a file; a link that is forged, over or of another record opens nothing."""
    house = runtime()
    found = _read(house, written)
    if found is None:
        raise NotFound("no such label")
    return_id, customer_id = found
    house.limits.take("return-labels", str(return_id), _OFTEN)
    with house.database.looking() as session:
        view = returns.by_id(session, return_id)
        if orders.by_id(session, view.order_id).customer_id != customer_id:
            raise NotFound("no such label")
        paper = return_labels.print_label(
            session, return_id, issuer=house.settings.issuer, now=house.clock.now()
        )
    answer = Response(paper.body, content_type=paper.media_type)
    answer.headers["Content-Disposition"] = f'inline; filename="{paper.name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _read(house: Runtime, written: str) -> tuple[int, int] | None:
    if len(written) > _LONGEST:
        return None
    try:
        return_id, customer_id, until = _signer(house).loads(written)
    except (BadSignature, TypeError, ValueError):
        return None
    numbers = (return_id, customer_id, until)
    if not all(isinstance(one, int) and 0 < one < _GREATEST for one in numbers):
        return None
    return None if until < house.clock.now().date().toordinal() else (return_id, customer_id)


def _signer(house: Runtime) -> URLSafeSerializer:
    return URLSafeSerializer(house.settings.secret_key, salt="return-label")
