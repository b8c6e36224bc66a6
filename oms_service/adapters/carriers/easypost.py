"""Labels from EasyPost, by its own library.

A shipment is made under our reference, then a rate of it is bought. After a crash the shipment is
found again by that reference, so that one label is bought however often it is asked for.
"""

import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

from oms_service.kernel.money import Money
from oms_service.ports.labels import Address, BoughtLabel, LabelRefused, WantedLabel

_GRAMS_AN_OUNCE: Final = 28.349523125
_MM_AN_INCH: Final = 25.4
_MOST_BYTES: Final = 2 * 1024 * 1024
_NOT_FOUND: Final = 404
#: What EasyPost says no to for good; anything else is a bad minute, and tried again.
_REFUSALS: Final = frozenset({400, 402, 404, 422})
#: Refunds that leave no more to do.
_GIVEN_BACK: Final = frozenset({"submitted", "refunded"})
_KINDS: Final = {"application/pdf", "image/png"}


@dataclass(frozen=True)
class EasyPost:
    """A provider of labels. ``timeout_s`` is below the lease of an effect."""

    api_key: str = field(repr=False)
    url: str
    timeout_s: int = 20

    def buy(self, wanted: WantedLabel) -> BoughtLabel:
        shipment = self._found(wanted.reference) or self._made(wanted)
        if not shipment.get("postage_label"):
            shipment = self._bought(shipment, wanted)
        return self._sold(shipment)

    def void(self, reference: str) -> None:
        shipment = self._found(reference)
        if shipment is None or not shipment.get("postage_label"):
            return
        if shipment.get("refund_status") in _GIVEN_BACK:
            return
        answer = self._call("shipment", "refund", shipment["id"])
        if answer.get("refund_status") not in _GIVEN_BACK:
            raise LabelRefused("refund_rejected")

    def _bought(self, shipment: dict[str, Any], wanted: WantedLabel) -> dict[str, Any]:
        """The shipment with its label; another try may have bought it in this moment."""
        rate = _rate(shipment, wanted)
        try:
            return self._call("shipment", "buy", shipment["id"], rate={"id": rate["id"]})
        except LabelRefused:
            now = self._found(wanted.reference)
            if now is None or not now.get("postage_label"):
                raise
            return now

    def _made(self, wanted: WantedLabel) -> dict[str, Any]:
        return self._call(
            "shipment",
            "create",
            reference=wanted.reference,
            to_address=_address(wanted.recipient),
            from_address=_address(wanted.sender),
            parcel={
                "length": round(wanted.length_mm / _MM_AN_INCH, 1),
                "width": round(wanted.width_mm / _MM_AN_INCH, 1),
                "height": round(wanted.height_mm / _MM_AN_INCH, 1),
                "weight": round(wanted.weight_g / _GRAMS_AN_OUNCE, 1),
            },
            options={"label_format": "PDF", "print_custom_1": wanted.reference},
        )

    def _found(self, reference: str) -> dict[str, Any] | None:
        """The shipment of that reference, which EasyPost takes in place of an id."""
        try:
            return self._call("shipment", "retrieve", reference)
        except LabelRefused as refused:
            if refused.code == "not_found":
                return None
            raise

    def _call(self, service: str, verb: str, *args: str, **values: Any) -> dict[str, Any]:
        """One request by EasyPost's library; its refusals in our words.

        Raises:
            LabelRefused: no for good.
            easypost.errors.EasyPostError: it may answer otherwise in a minute.
        """
        from easypost.easypost_client import (  # noqa: PLC0415 - loads with the first label
            EasyPostClient,
        )
        from easypost.errors.api.api_error import (  # noqa: PLC0415 - loads with the first label
            ApiError,
        )

        client = EasyPostClient(self.api_key, api_base=self.url, timeout=self.timeout_s)
        try:
            answer = getattr(getattr(client, service), verb)(*args, **values)
        except ApiError as error:
            if error.http_status in _REFUSALS:
                raise LabelRefused(_code(error.http_status, error.code or "")) from None
            raise
        return cast("dict[str, Any]", answer.to_dict())

    def _sold(self, shipment: dict[str, Any]) -> BoughtLabel:
        label = shipment["postage_label"]
        where = label.get("label_pdf_url") or label["label_url"]
        file, media_type = _fetched(where, self.timeout_s, scheme=urlsplit(self.url).scheme)
        return BoughtLabel(
            provider_ref=str(shipment["id"])[:80],
            tracking_number=str(shipment["tracking_code"])[:60],
            file=file,
            media_type=media_type,
            cost=_cost(shipment.get("selected_rate") or {}),
        )


def _address(of: Address) -> dict[str, str]:
    return {
        "name": of.name,
        "street1": of.line1,
        "street2": of.line2,
        "city": of.city,
        "state": of.region,
        "zip": of.postal_code,
        "country": of.country,
        "phone": of.phone,
    }


def _rate(shipment: dict[str, Any], wanted: WantedLabel) -> dict[str, Any]:
    """The rate of the carrier and service that were chosen."""
    rates: Sequence[dict[str, Any]] = shipment.get("rates") or ()
    for rate in rates:
        asked = (wanted.carrier.casefold(), wanted.service.casefold())
        if (str(rate["carrier"]).casefold(), str(rate["service"]).casefold()) == asked:
            return rate
    raise LabelRefused("service_not_offered")


def _code(status: int | None, code: str) -> str:
    if status == _NOT_FOUND:
        return "not_found"
    return "address_refused" if "ADDRESS" in code.upper() else "provider_refused"


def _cost(rate: dict[str, Any]) -> Money | None:
    try:
        return Money.parse(str(rate["rate"]), str(rate["currency"]))
    except (KeyError, ValueError):
        return None


def _fetched(url: str, timeout_s: int, *, scheme: str) -> tuple[bytes, str]:
    """The file of a label, fetched as safely as the provider itself is asked.

    Raises:
        LabelRefused: it is none.
        OSError: it cannot be fetched now.
    """
    if scheme not in {"https", "http"} or urlsplit(url).scheme != scheme:
        raise LabelRefused("label_unreadable")
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310 - http or https
        body = answer.read(_MOST_BYTES + 1)
        media_type = answer.headers.get_content_type()
    if not body or len(body) > _MOST_BYTES or media_type not in _KINDS:
        raise LabelRefused("label_unreadable")
    return body, media_type
