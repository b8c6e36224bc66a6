"""Bodies as carriers and aggregators send them."""

import json
from typing import Any


def tracker(number: str, **more: Any) -> dict[str, Any]:
    """A tracker of EasyPost's, as its library knows it: two details, a date."""
    details = [
        {
            "object": "TrackingDetail",
            "message": "Arrived at facility",
            "description": "",
            "status": "in_transit",
            "status_detail": "arrived_at_facility",
            "datetime": "2026-11-20T03:10:00Z",
            "source": "USPS",
            "carrier_code": "",
            "tracking_location": {
                "object": "TrackingLocation",
                "city": "OSAKA",
                "state": None,
                "country": "JP",
                "zip": "5300001",
            },
        },
        {
            "object": "TrackingDetail",
            "message": "Held by weather",
            "description": None,
            "status": "in_transit",
            "status_detail": "weather_delay",
            "datetime": "2026-11-21T09:30:00Z",
            "source": "USPS",
            "carrier_code": "",
            "tracking_location": {"object": "TrackingLocation", "city": "NAGOYA", "country": "JP"},
        },
    ]
    return {
        "id": "trk_1",
        "object": "Tracker",
        "mode": "test",
        "tracking_code": number,
        "status": "in_transit",
        "status_detail": "weather_delay",
        "created_at": "2026-11-20T00:00:00Z",
        "updated_at": "2026-11-21T09:31:00Z",
        "signed_by": None,
        "weight": None,
        "est_delivery_date": "2026-11-24T00:00:00Z",
        "shipment_id": None,
        "carrier": "YamatoTransport",
        "tracking_details": details,
        "carrier_detail": None,
        "public_url": "https://track.easypost.com/x",
        "fees": [],
        **more,
    }


def event(of: dict[str, Any], **more: Any) -> bytes:
    """The call about a tracker."""
    said = {
        "id": "evt_1",
        "object": "Event",
        "description": "tracker.updated",
        "mode": "test",
        "previous_attributes": {"status": "unknown"},
        "result": of,
        "status": "pending",
        "pending_urls": [],
        "completed_urls": [],
        **more,
    }
    return json.dumps(said).encode()
