"""EasyPost, as small as our library's calls need it: real HTTP on a free port, everything kept."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PDF = b"%PDF-1.4 a label"
NUMBER = "9405500208303109884199"


class EasyPostServer:
    """What was made and bought there, by our reference; ``refuse`` answers 422 with that code."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.shipments: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.refuse = ""
        #: Buy, but hang up before the answer: the buyer cannot know.
        self.breaks_after_buying = False

    @property
    def bought(self) -> int:
        return sum(1 for call in self.calls if call.endswith("/buy"))

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = path.split("?", maxsplit=1)[0].strip("/").split("/")[1:]
        self.calls.append(f"{method} /" + "/".join(parts))
        if method == "POST" and self.refuse:
            return 422, {"error": {"code": self.refuse, "message": "no", "errors": []}}
        if parts == ["shipments"]:
            return 200, self._make(body["shipment"])
        found = self._find(parts[1])
        if found is None:
            return 404, {"error": {"code": "NOT_FOUND", "message": "none", "errors": []}}
        if parts[2:] == ["buy"]:
            self._buy(found, body["rate"]["id"])
        if parts[2:] == ["refund"]:
            found["refund_status"] = "submitted"
        return 200, found

    def _make(self, wanted: dict[str, Any]) -> dict[str, Any]:
        number = len(self.shipments) + 1
        rates = [
            {
                "id": f"rate_{number}_{service}",
                "object": "Rate",
                "carrier": "USPS",
                "service": service,
                "rate": price,
                "currency": "USD",
            }
            for service, price in (("Express", "31.20"), ("Priority", "7.58"))
        ]
        made = {
            "id": f"shp_{number}",
            "object": "Shipment",
            **wanted,
            "rates": rates,
            "postage_label": None,
            "tracking_code": None,
            "refund_status": None,
        }
        self.shipments[wanted["reference"]] = made
        return made

    def _find(self, name: str) -> dict[str, Any] | None:
        by_id = {one["id"]: one for one in self.shipments.values()}
        return by_id.get(name) or self.shipments.get(name)

    def _buy(self, found: dict[str, Any], rate_id: str) -> None:
        found["selected_rate"] = next(one for one in found["rates"] if one["id"] == rate_id)
        found["tracking_code"] = NUMBER
        found["postage_label"] = {"object": "PostageLabel", "label_url": f"{self.url}/label.pdf"}


@contextmanager
def an_easypost() -> Iterator[EasyPostServer]:
    """A server that runs until the test is over."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._handle("GET")

        def do_POST(self) -> None:
            self._handle("POST")

        def _handle(self, method: str) -> None:
            if self.path == "/label.pdf":
                self._say(200, PDF, "application/pdf")
                return
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            status, said = fake.answer(method, self.path, body)
            if fake.breaks_after_buying and self.path.endswith("/buy"):
                fake.breaks_after_buying = False
                self.close_connection = True
                return
            self._say(status, json.dumps(said).encode(), "application/json")

        def _say(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake = EasyPostServer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
