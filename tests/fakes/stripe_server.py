"""A payment provider that speaks Stripe's shapes over HTTP: keeps state, keys, and says no."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, cast
from urllib.parse import parse_qsl

#: Tokens of cards that are not simply accepted.
DECLINED, NEEDS_CUSTOMER = "pm_declined", "pm_3ds"


@dataclass
class StripeServer:
    """``troubles`` are answered first, one a request: 409, 429, 500, or "hang up"."""

    url: str = ""
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    troubles: list[int | str] = field(default_factory=list)
    answers: dict[str, tuple[str, int, dict[str, Any]]] = field(default_factory=dict)
    lose_answers: int = 0
    lock: Lock = field(default_factory=Lock)

    def answer(self, path: str, sent: dict[str, str], key: str) -> tuple[int, dict[str, Any]]:
        """What a request gets; the same key again gets what it got, other fields with it a 400."""
        body = json.dumps([path, sent], sort_keys=True)
        if key and key in self.answers:
            known, status, said = self.answers[key]
            if known != body:
                return 400, _error("idempotency_error", "idempotency_key_reused")
            return status, said
        status, said = self._do(path.strip("/").split("/")[1:], sent)
        if key:
            self.answers[key] = body, status, said
        return status, said

    def _do(self, parts: list[str], sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match parts:
            case ["payment_intents"]:
                return self._create(sent)
            case ["payment_intents", known]:
                return 200, self.payments[known]
            case ["payment_intents", known, "capture"]:
                return self._capture(self.payments[known], sent)
            case ["payment_intents", known, "cancel"]:
                return self._cancel(self.payments[known])
            case ["refunds"]:
                return self._refund(sent)
            case _:
                return 404, _error("invalid_request_error", "resource_missing")

    def _create(self, sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if sent["payment_method"] == DECLINED:
            return 402, _error("card_error", "card_declined", decline_code="insufficient_funds")
        amount, at_once = int(sent["amount"]), sent["capture_method"] == "automatic"
        status = "succeeded" if at_once else "requires_capture"
        if sent["payment_method"] == NEEDS_CUSTOMER:
            status = "requires_action"
        made: dict[str, Any] = {
            "id": f"pi_{len(self.payments) + 1}",
            "object": "payment_intent",
            "amount": amount,
            "amount_received": amount if status == "succeeded" else 0,
            "amount_capturable": amount if status == "requires_capture" else 0,
            "currency": sent["currency"],
            "status": status,
            "metadata": {
                "oms_key": sent["metadata[oms_key]"],
                "order_number": sent["metadata[order_number]"],
            },
            "next_action": None,
        }
        if status == "requires_action":
            made["next_action"] = {
                "type": "redirect_to_url",
                "redirect_to_url": {"url": "https://bank.example/confirm"},
            }
        self.payments[made["id"]] = made
        return 200, dict(made)

    def _capture(self, payment: dict[str, Any], sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        amount = int(sent["amount_to_capture"])
        if payment["status"] != "requires_capture":
            return 400, _error("invalid_request_error", "payment_intent_unexpected_state")
        if amount > payment["amount_capturable"]:
            return 400, _error("invalid_request_error", "amount_too_large")
        payment["amount_received"] += amount
        payment["amount_capturable"] -= amount
        if sent.get("final_capture") != "false" or not payment["amount_capturable"]:
            payment.update(status="succeeded", amount_capturable=0)
        return 200, dict(payment)

    def _cancel(self, payment: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if payment["status"] not in {"requires_capture", "requires_action"}:
            return 400, _error("invalid_request_error", "payment_intent_unexpected_state")
        payment.update(status="canceled", amount_capturable=0)
        return 200, dict(payment)

    def _refund(self, sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        payment, amount = self.payments[sent["payment_intent"]], int(sent["amount"])
        back = sum(
            one["amount"]
            for one in self.refunds.values()
            if one["payment_intent"] == payment["id"] and one["status"] != "failed"
        )
        if back + amount > payment["amount_received"]:
            return 400, _error("invalid_request_error", "charge_already_refunded")
        made = {
            "id": f"re_{len(self.refunds) + 1}",
            "object": "refund",
            "payment_intent": payment["id"],
            "amount": amount,
            "currency": payment["currency"],
            "status": "succeeded",
            "metadata": {"oms_key": sent["metadata[oms_key]"]},
        }
        self.refunds[made["id"]] = made
        return 200, dict(made)


def event(name: str, found: dict[str, Any], *, number: int = 1, at: int = 1795309200) -> bytes:
    """A notice as Stripe sends it."""
    said = {
        "id": f"evt_{number}",
        "object": "event",
        "type": name,
        "created": at,
        "data": {"object": found},
    }
    return json.dumps(said).encode()


def _error(kind: str, code: str, **more: str) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": "no", **more}}


class _Talk(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def log_message(self, *_said: object) -> None:
        pass

    def _serve(self) -> None:
        book = cast(Any, self.server).book
        length = int(self.headers.get("Content-Length") or 0)
        sent = dict(parse_qsl(self.rfile.read(length).decode()))
        key = self.headers.get("Idempotency-Key", "")
        with book.lock:
            book.calls.append((self.path, key))
            trouble = book.troubles.pop(0) if book.troubles else None
            if trouble == "hang up":
                self.close_connection = True
                return
            if isinstance(trouble, int):
                status, said = trouble, _error("api_error", "trouble")
            else:
                status, said = book.answer(self.path, sent, key)
            if book.lose_answers:
                book.lose_answers -= 1
                self.close_connection = True
                return
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def a_stripe_server() -> Iterator[StripeServer]:
    """A server on a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Talk) as server:
        server.daemon_threads = True
        book = StripeServer(url=f"http://127.0.0.1:{server.server_address[1]}")
        cast(Any, server).book = book
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield book
        finally:
            server.shutdown()
            thread.join()
