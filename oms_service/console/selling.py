"""What is sold before it is there: by which rule, how much of it waits, and until which day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access.guard import actor, guard
from oms_service.catalog import listing as goods
from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.console import stock_forms as forms
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.operations.placement import selling
from oms_service.orders import queries as orders
from oms_service.orders import waiting
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView, RuleView
from oms_service.sales.service import MOST_UNITS
from oms_service.sales.states import SellingMode
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "console_selling", __name__, url_prefix="/console/selling", template_folder="templates"
)

PAGE: Final = 40
#: Numbers of orders that a preview names; the rest is counted.
NAMED: Final = 10
_LONGEST: Final = 120
#: How each mode is called, and what it means, as the form says it.
MODES: Final[Mapping[SellingMode, tuple[str, str]]] = {
    SellingMode.BACKORDER: (
        N_("Back-order"),
        N_("Once it is sold out, orders are still taken and wait for the next delivery."),
    ),
    SellingMode.PREORDER: (
        N_("Pre-order"),
        N_("It is not out yet: orders are taken now and leave by the day below."),
    ),
    SellingMode.IN_STOCK: (
        N_("Only from stock"),
        N_("Once it is sold out, no more is sold. What waits already still waits."),
    ),
}
TONES: Final[Mapping[SellingMode, str]] = {
    SellingMode.BACKORDER: "accent",
    SellingMode.PREORDER: "attention",
    SellingMode.IN_STOCK: "",
}


@dataclass(frozen=True)
class Row:
    """A variant and one rule of it; none where it is sold only from stock."""

    variant: VariantView
    rule: RuleView | None
    waiting: int


@dataclass(frozen=True)
class Wanted:
    """A rule as the form says it."""

    mode: SellingMode
    limit_units: int | None
    ships_by: date | None


@blueprint.get("")
@guard("catalog:read")
def several() -> ResponseReturnValue:
    """What is sold ahead, the next day first; or what fits the words that were typed."""
    typed = request.args.get("q", "")[:_LONGEST].replace("\0", "")
    cursor = request.args.get("cursor", "")
    try:
        with runtime().database.looking() as session:
            rows, following = _found(session, typed, cursor)
            channels = sales.channels(session)
    except Invalid:
        return redirect(url_for("console_selling.several", q=typed or None))
    return render_template(
        "console/selling.html",
        area="console",
        rows=rows,
        typed=typed,
        channels={channel.id: channel for channel in channels},
        next_url=url_for("console_selling.several", q=typed or None, cursor=following)
        if following
        else None,
        first_url=url_for("console_selling.several", q=typed or None) if cursor else None,
        modes=MODES,
        tones=TONES,
    )


@blueprint.get("/<sku>")
@guard("catalog:read")
def one(sku: str) -> str:
    """How one variant is sold once it is sold out: everywhere, and in channels of their own."""
    return _page(sku, request.args.get("channel", ""))


@blueprint.post("/<sku>")
@guard("selling:manage")
def sell(sku: str) -> ResponseReturnValue:
    """Show whom a rule would be told, and put it in force once that was seen."""
    code = request.form.get("channel", "")
    errors: dict[str, str] = {}
    wanted = _typed(errors)
    if wanted is None or errors:
        return _page(sku, code, errors=errors), 422
    if "confirmed" not in request.form:
        return _page(sku, code, wanted=wanted)
    try:
        with runtime().unit_of_work(actor()) as uow:
            selling.sell(
                uow,
                variant_id=_variant(uow.session, sku).id,
                channel_id=_channel_id(uow.session, code),
                mode=wanted.mode,
                limit_units=wanted.limit_units,
                ships_by=wanted.ships_by,
                version=forms.number(request.form.get("version", "")) or 0,
            )
    except Stale:
        if not _is_so(sku, code, wanted):
            flash(_("Somebody changed this meanwhile. Look at it again."), "attention")
            return redirect(url_for("console_selling.one", sku=sku, channel=code or None), 303)
    except Invalid as error:
        return _page(sku, code, errors=_messages(error)), 422
    flash(_("This rule holds from now on."), "success")
    return redirect(url_for("console_selling.one", sku=sku), 303)


def _page(
    sku: str,
    code: str,
    *,
    wanted: Wanted | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    with runtime().database.looking() as session:
        variant = _variant(session, sku)
        channels = sales.channels(session)
        chosen = _channel_id(session, code)
        rules = sales.rules_of_variant(session, variant.id)
        units = waiting.units_by_channel(session, [variant.id])
        held = next((rule for rule in rules if rule.channel_id == chosen), None)
        told = None
        if wanted is not None and _moves_a_day(wanted, held) and wanted.ships_by is not None:
            told = selling.would_tell(
                session,
                variant_id=variant.id,
                channel_id=chosen,
                ships_by=wanted.ships_by,
                limit=NAMED,
            )
        numbers = orders.numbers_of(session, told.first) if told else {}
    return render_template(
        "console/selling_one.html",
        area="console",
        variant=variant,
        rows=[Row(variant, rule, _units(units, variant.id, rule)) for rule in rules],
        waiting_now=_units(units, variant.id, held) if held or chosen is None else 0,
        channels={channel.id: channel for channel in channels},
        on_sale=[channel for channel in channels if channel.is_active or channel.id == chosen],
        code=code,
        held=held,
        wanted=wanted,
        told=told,
        numbers=[numbers[one] for one in told.first] if told else [],
        typed=request.form,
        errors=dict(errors or {}),
        modes=MODES,
        tones=TONES,
    )


def _found(session: Session, typed: str, cursor: str) -> tuple[list[Row], str | None]:
    rules: tuple[RuleView, ...]
    if typed.strip():
        page = goods.page(session, goods.Wanted(typed=typed), cursor=cursor, limit=PAGE)
        variants = {one.id: one for one in page.items}
        rules, following = sales.rules_of_variants(session, list(variants)), page.next_cursor
    else:
        ahead = sales.rules_that_sell_ahead(session, cursor=cursor, limit=PAGE)
        rules, following = ahead.items, ahead.next_cursor
        variants = catalog.variants(session, {rule.variant_id for rule in rules})
    units = waiting.units_by_channel(session, list(variants))
    rows = [
        Row(variants[rule.variant_id], rule, _units(units, rule.variant_id, rule)) for rule in rules
    ]
    if typed.strip():
        ruled = {rule.variant_id for rule in rules}
        rows += [Row(one, None, 0) for one in variants.values() if one.id not in ruled]
        rows.sort(key=lambda row: row.variant.sku)
    return rows, following


def _units(units: Mapping[tuple[int, int], int], variant_id: int, rule: RuleView | None) -> int:
    """Units that wait under a rule: those of its channel, or of all."""
    if rule is not None and rule.channel_id is not None:
        return units.get((variant_id, rule.channel_id), 0)
    return sum(count for (of, _channel), count in units.items() if of == variant_id)


def _moves_a_day(wanted: Wanted, held: RuleView | None) -> bool:
    """Whether putting this in force tells the orders that wait of another day."""
    was = held.ships_by if held else None
    is_ahead = wanted.mode is not SellingMode.IN_STOCK
    return is_ahead and wanted.ships_by is not None and wanted.ships_by != was


def _is_so(sku: str, code: str, wanted: Wanted) -> bool:
    """Whether the rule is already as wanted: the button was pressed twice."""
    with runtime().database.looking() as session:
        variant, channel_id = _variant(session, sku), _channel_id(session, code)
        return any(
            rule.channel_id == channel_id
            and (rule.mode, rule.limit_units, rule.ships_by)
            == (wanted.mode, wanted.limit_units, wanted.ships_by)
            for rule in sales.rules_of_variant(session, variant.id)
        )


def _variant(session: Session, sku: str) -> VariantView:
    found = catalog.variants_by_sku(session, {sku}) if "\0" not in sku else {}
    if sku not in found:
        raise NotFound("no such variant")
    return found[sku]


def _channel_id(session: Session, code: str) -> int | None:
    if not code:
        return None
    channel: ChannelView = sales.channel(session, code.replace("\0", ""))
    return channel.id


def _typed(errors: dict[str, str]) -> Wanted | None:
    said: Mapping[str, Any] = request.form
    if said.get("mode") not in set(SellingMode):
        errors["mode"] = _("Choose how it is sold.")
        return None
    mode = SellingMode(said["mode"])
    limit = said.get("limit_units", "").strip()
    units = forms.number(limit) if limit else None
    if limit and (units is None or not 0 <= units <= MOST_UNITS):
        errors["limit_units"] = _said("limit_units")
    day = forms.day("ships_by")
    if said.get("ships_by", "").strip() and (day is None or not _YEARS[0] <= day.year <= _YEARS[1]):
        errors["ships_by"] = _("This is not a day we can read.")
    elif mode is SellingMode.PREORDER and day is None:
        errors["ships_by"] = _("A pre-order needs a day by which it leaves.")
    return Wanted(mode, units, day)


_YEARS: Final = (2000, 2099)
_MESSAGES: Final = {
    "limit_units": N_("A whole number from 0 to 1,000,000, or nothing for no limit."),
    "ships_by": N_("This day is over. Choose today or a later day."),
}


def _said(name: str) -> str:
    found = _MESSAGES.get(name, N_("Please check this entry."))
    return str(gettext(found))


def _messages(error: Invalid) -> dict[str, str]:
    return {name: _said(name) for name in error.fields}
