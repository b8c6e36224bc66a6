"""The stage of an order, and what fields and tags take."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.states import LineEnding, Stage
from cases.taxonomy.policy import code_of, ending_of, in_both, stage_of, tag_of, value_of
from cases.taxonomy.states import FieldKind
from cases.taxonomy.views import Choice, FieldView
from oms_service.kernel.errors import Invalid
from oms_service.orders.states import FulfilmentState as F
from oms_service.orders.states import OrderState as O
from oms_service.ports.carrier import CarrierStatus as C


@dataclass(frozen=True)
class Order:
    order_state: O
    fulfilment_state: F


@dataclass(frozen=True)
class Parcel:
    status: C


@pytest.mark.parametrize(
    ("order", "parcels", "stage"),
    [
        (None, [], Stage.NONE),
        (Order(O.DRAFT, F.UNALLOCATED), [], Stage.NONE),
        (Order(O.PLACED, F.ALLOCATED), [], Stage.PROCESSING),
        (Order(O.ON_HOLD, F.BACKORDERED), [], Stage.PROCESSING),
        (Order(O.PLACED, F.PARTIALLY_SHIPPED), [C.IN_TRANSIT], Stage.SHIPPED),
        (Order(O.PLACED, F.SHIPPED), [C.ATTEMPTED], Stage.SHIPPED),
        (Order(O.PLACED, F.SHIPPED), [C.DELIVERED, C.IN_TRANSIT], Stage.DELIVERED),
        (Order(O.COMPLETED, F.DELIVERED), [C.DELIVERED], Stage.DELIVERED),
        (Order(O.PLACED, F.SHIPPED), [C.DELIVERED, C.FAILURE], Stage.FAILED),
        (Order(O.PLACED, F.SHIPPED), [C.RETURNING], Stage.FAILED),
        (Order(O.CANCELLED, F.CANCELLED), [C.RETURNING], Stage.CANCELLED),
    ],
)
def test_the_stage_follows_from_order_and_parcels(
    order: Order | None, parcels: list[C], stage: Stage
) -> None:
    assert stage_of(order, [Parcel(one) for one in parcels]) is stage


@given(st.sampled_from(O), st.sampled_from(F), st.lists(st.sampled_from(C), max_size=4))
def test_every_order_has_a_stage_whatever_the_order_of_parcels(
    state: O, fulfilment: F, statuses: list[C]
) -> None:
    order, parcels = Order(state, fulfilment), [Parcel(one) for one in statuses]
    assert stage_of(order, parcels) is stage_of(order, parcels[::-1])


def a_field(kind: FieldKind) -> FieldView:
    choices = (Choice("big", {"ja": "大", "en": "Big"}), Choice("old", {"ja": "旧"}, False))
    return FieldView(
        "one", kind, {"ja": "項目", "en": "One"}, choices, (), False, False, 0, True, 1
    )


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.TEXT, "  二行\n目  ", "二行\n目"),
        (FieldKind.TEXT, "   ", ""),
        (FieldKind.NUMBER, "００12.50", "12.5"),
        (FieldKind.NUMBER, "-0", "0"),
        (FieldKind.NUMBER, "1,000,000,000,000", "1000000000000"),
        (FieldKind.DATE, "２０２６-02-28", "2026-02-28"),
        (FieldKind.CHOICE, "big", "big"),
        (FieldKind.YES_NO, "no", "no"),
    ],
)
def test_a_field_keeps_one_form_of_what_is_typed(kind: FieldKind, typed: str, kept: str) -> None:
    assert value_of(a_field(kind), typed) == kept
    assert value_of(a_field(kind), kept) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldKind.TEXT, "x" * 501),
        (FieldKind.NUMBER, "1e9"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.NUMBER, "1000000000001"),
        (FieldKind.NUMBER, "0.0000001"),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.DATE, "0001-01-01"),
        (FieldKind.DATE, "20260228T"),
        (FieldKind.CHOICE, "old"),
        (FieldKind.CHOICE, "none"),
        (FieldKind.YES_NO, "maybe"),
    ],
)
def test_a_field_refuses_what_does_not_fit_it(kind: FieldKind, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        value_of(a_field(kind), typed)
    assert list(refused.value.fields) == ["fields.one"]


@given(st.sampled_from(FieldKind), st.text(max_size=60))
def test_whatever_is_typed_is_kept_or_refused(kind: FieldKind, typed: str) -> None:
    try:
        kept = value_of(a_field(kind), typed)
    except Invalid:
        return
    assert value_of(a_field(kind), kept) == kept
    assert "\0" not in kept


@given(st.text(max_size=60))
def test_a_tag_is_its_own_name(typed: str) -> None:
    try:
        name, key = tag_of(typed)
    except Invalid:
        return
    assert 0 < len(name) <= 40
    assert tag_of(name) == (name, key)


def test_codes_are_made_of_the_english_name() -> None:
    assert code_of("", {"ja": "包装", "en": "Gift wrapping & more"}) == "gift_wrapping_more"
    assert code_of("own_code", {"ja": "包装", "en": "Wrapping"}) == "own_code"
    for wrong in ("1st", "Größe", "x", "a" * 61, "a b", "end_"):
        with pytest.raises(Invalid):
            code_of(wrong, {"ja": "包装", "en": "Wrapping"})
    with pytest.raises(Invalid):
        code_of("", {"ja": "包装", "en": "包装"})


def test_a_name_is_in_both_languages() -> None:
    assert in_both({"ja": " 包 装 ", "en": "Wrap"}, "name") == {"ja": "包 装", "en": "Wrap"}
    with pytest.raises(Invalid) as refused:
        in_both({"ja": "包装", "en": "x" * 81}, "name")
    assert refused.value.fields == {"name.en": "is longer than 80 characters"}


def test_what_ends_a_case_ends_its_lines() -> None:
    assert ending_of("refunded", {}) is LineEnding.REFUNDED
    assert ending_of("remedied", {"remedy": "replacement"}) is LineEnding.REPLACED
    assert ending_of("remedied", {"remedy": "refund"}) is LineEnding.REFUNDED
    assert ending_of("handled", {}) is None
