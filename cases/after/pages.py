"""What customers said, for colleagues: of cases, deliveries, products; and the rules for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries as cases
from cases.after import queries, rules
from cases.after.queries import Which
from cases.after.rules import BOUNDS, Rules
from cases.after.views import Average, FeedbackView, SurveyView
from cases.after.words import CHANNELS, NUMBERS, SCORES
from cases.words import RESOLUTIONS
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard
from oms_service.console.sheets import streamed
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import say
from oms_service.kernel.pages import Page
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.shipping import carriers
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("after", __name__, url_prefix="/desk/feedback", template_folder="templates")

PAGE: Final = 30
#: Rows of a file at most: enough for years of a shop, and bounded all the same.
MOST: Final = 10_000
PERIODS: Final[Mapping[str, str]] = {
    "30": N_("Last 30 days"),
    "90": N_("Last 90 days"),
    "365": N_("Last 365 days"),
}
_LOW: Final = "low"
_DIGITS: Final = 6
_LONGEST: Final = 60


def _(text: str) -> str:
    return str(gettext(text))


@dataclass(frozen=True)
class Asked:
    """What a list was asked for, as its address says it."""

    which: Which
    days: str
    is_low: bool

    def args(self) -> dict[str, Any]:
        """For the address of the same list."""
        found: dict[str, Any] = {} if self.days == "90" else {"days": self.days}
        if self.is_low:
            found["score"] = _LOW
        for name in ("reason", "carrier", "sku"):
            if value := getattr(self.which, name):
                found[name] = value
        return found


@blueprint.get("")
@guard("feedback:read")
def satisfaction() -> ResponseReturnValue:
    """What customers said of how their cases ended."""
    asked = _asked()
    with runtime().database.looking() as session:
        try:
            page = queries.surveys(session, asked.which, cursor=_cursor(), limit=PAGE)
        except Invalid:
            return redirect(url_for("after.satisfaction", **asked.args()))
        whole = queries.satisfaction(session, asked.which)
        how_many = queries.asked(session, asked.which)
        reasons = cases.reasons(session)
        names = access.staff_names(session)
        numbers = cases.numbers_of(session, [one.case_id for one in page.items])
        by_reason = _named(
            queries.satisfaction_by_reason(session, asked.which),
            lambda key: _words(reasons[key].name) if key in reasons else key,
        )
        by_agent = _named(
            queries.satisfaction_by_agent(session, asked.which),
            lambda key: names.get(int(key), key) if key else _("Nobody"),
        )
    return render_template(
        "after/satisfaction.html",
        whole=whole,
        asked_count=how_many,
        by_reason=by_reason,
        by_agent=by_agent,
        reasons=reasons,
        names=names,
        numbers=numbers,
        endings=RESOLUTIONS,
        **_shared("after.satisfaction", asked, page),
    )


@blueprint.get("/deliveries")
@guard("feedback:read")
def deliveries() -> ResponseReturnValue:
    """What customers said of deliveries and products."""
    asked = _asked()
    with runtime().database.looking() as session:
        try:
            page = queries.feedbacks(session, asked.which, cursor=_cursor(), limit=PAGE)
        except Invalid:
            return redirect(url_for("after.deliveries", **asked.args()))
        whole = queries.delivery(session, asked.which)
        lines = queries.lines_of(session, [one.id for one in page.items])
        numbers = orders.numbers_of(session, [one.order_id for one in page.items])
        by_carrier = _named(queries.delivery_by_carrier(session, asked.which), _carrier)
        products = queries.products(session, asked.which)
    return render_template(
        "after/deliveries.html",
        whole=whole,
        by_carrier=by_carrier,
        products=products,
        lines=lines,
        numbers=numbers,
        carrier_name=_carrier,
        **_shared("after.deliveries", asked, page),
    )


@blueprint.get("/satisfaction.csv")
@guard("feedback:read")
def satisfaction_file() -> Response:
    """The list as a file, with the words."""
    with runtime().database.looking() as session:
        found = queries.surveys(session, _asked().which, limit=MOST).items
        names = access.staff_names(session)
        numbers = cases.numbers_of(session, [one.case_id for one in found])
    return streamed("satisfaction", _survey_rows(found, numbers, names))


@blueprint.get("/deliveries.csv")
@guard("feedback:read")
def deliveries_file() -> Response:
    """The list as a file: a row for each delivery, and one for each product of it."""
    with runtime().database.looking() as session:
        found = queries.feedbacks(session, _asked().which, limit=MOST).items
        numbers = orders.numbers_of(session, [one.order_id for one in found])
        lines = queries.lines_of(session, [one.id for one in found])
    rows: list[Sequence[object]] = [
        ("order", "delivered_at", "answered_at", "about", "carrier", "score", "words")
    ]
    for one in found:
        head = (numbers.get(one.order_id, ""), one.delivered_at.isoformat(), _moment(one))
        rows.append((*head, "delivery", one.carrier, one.score or "", one.words))
        rows += [
            (*head, line.sku, one.carrier, line.score, line.words) for line in lines.get(one.id, ())
        ]
    return streamed("deliveries", rows)


@blueprint.route("/rules", methods=["GET", "POST"])
@guard("feedback:manage")
def settings() -> ResponseReturnValue:
    """How long a case may come back, who is asked how it went, and when."""
    with runtime().database.looking() as session:
        now = rules.in_force(session)
    errors: dict[str, str] = {}
    typed = now
    if request.method == "POST":
        typed = _typed(now, errors)
        errors = errors or _change(typed)
        if not errors:
            flash(_("These rules hold from now on."), "success")
            return redirect(url_for("after.settings"), HTTPStatus.SEE_OTHER)
    page = render_template(
        "after/rules.html",
        area="desk",
        rules=typed,
        numbers=NUMBERS,
        bounds=BOUNDS,
        typed=request.form,
        endings=RESOLUTIONS,
        errors=errors,
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


# Inside


def _asked() -> Asked:
    """What the address asks for; what it says wrongly it does not say."""
    args = request.args
    days = args.get("days", "")
    days = days if days in PERIODS else "90"
    is_low = args.get("score") == _LOW
    since = runtime().clock.now() - timedelta(days=int(days))
    with runtime().database.reading() as connection:
        low = rules.in_force(connection).low_score
    which = Which(
        since=since,
        most_score=low if is_low else None,
        reason=args.get("reason", "")[:_LONGEST],
        carrier=args.get("carrier", "")[:_LONGEST],
        sku=args.get("sku", "").strip()[:_LONGEST],
    )
    return Asked(which, days, is_low)


def _cursor() -> str | None:
    return request.args.get("after") or None


def _shared(
    endpoint: str, asked: Asked, page: Page[SurveyView] | Page[FeedbackView]
) -> dict[str, object]:
    args = asked.args()
    period: dict[str, Any] = {"days": asked.days}
    return {
        "area": "desk",
        "page": page,
        "asked": asked,
        "periods": PERIODS,
        "scores": SCORES,
        "channels": CHANNELS,
        "here": url_for(endpoint),
        "file_url": url_for(f"{endpoint}_file", **args),
        "first_url": url_for(endpoint, **args) if _cursor() else None,
        "next_url": url_for(endpoint, **args, after=page.next_cursor) if page.next_cursor else None,
        "tabs": [
            {
                "label": _(label),
                "url": url_for(name, **period),
                "is_current": name == endpoint,
            }
            for name, label in (
                ("after.satisfaction", N_("Our help")),
                ("after.deliveries", N_("Deliveries and products")),
            )
        ],
    }


def _named(found: Sequence[Average], name: Callable[[str], str]) -> tuple[Average, ...]:
    return tuple(replace(one, name=name(one.key)) for one in found)


def _carrier(slug: str) -> str:
    return _words(carriers.name_of(runtime().adapters, slug)) if slug else _("Not known")


def _words(words: Mapping[str, str]) -> str:
    return say(words, spoken())


def _survey_rows(
    found: Sequence[SurveyView], numbers: Mapping[int, str], names: Mapping[int, str]
) -> Iterator[Sequence[object]]:
    yield (
        "case",
        "answered_at",
        "score",
        "words",
        "reason",
        "resolution",
        "agent",
        "channel",
        "answered_on",
    )
    for one in found:
        yield (
            numbers[one.case_id],
            _moment(one),
            one.score,
            one.words,
            one.reason,
            one.resolution,
            names.get(one.assignee_id or 0, ""),
            one.channel,
            one.answered_on,
        )


def _moment(one: SurveyView | FeedbackView) -> str:
    return one.answered_at.isoformat() if one.answered_at else ""


def _typed(now: Rules, errors: dict[str, str]) -> Rules:
    form = request.form
    return replace(
        now,
        **{name: _number(name, errors) for name in BOUNDS},
        asks_satisfaction="asks_satisfaction" in form,
        asks_feedback="asks_feedback" in form,
        asked_endings=tuple(one for one in RESOLUTIONS if one in form.getlist("asked_endings")),
        version=_plain(form.get("version", "")) or 0,
    )


def _number(name: str, errors: dict[str, str]) -> int:
    found = _plain(request.form.get(name, ""))
    least, most = BOUNDS[name]
    if found is None or not least <= found <= most:
        errors[name] = _("Enter a whole number from %(least)s to %(most)s.") % {
            "least": least,
            "most": most,
        }
        return least
    return found


def _plain(typed: str) -> int | None:
    typed = typed.strip()
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS
    return int(typed) if is_number else None


def _change(typed: Rules) -> dict[str, str]:
    try:
        with runtime().unit_of_work(actor()) as uow:
            rules.change(uow, typed)
    except Stale:
        return {"version": _("Somebody changed this meanwhile. Look at it again.")}
    except Invalid as wrong:
        return {name: _("This is out of its bounds.") for name in wrong.fields}
    return {}
