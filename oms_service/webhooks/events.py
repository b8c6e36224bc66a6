"""What webhooks tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("webhook.tested", of="webhook_endpoint")
@dataclass(frozen=True, kw_only=True)
class WebhookTested(Event):
    """Somebody tries an endpoint: this goes to it alone, whatever it listens to."""

    webhook_endpoint_id: int


@event("webhook.stopped", of="webhook_endpoint")
@dataclass(frozen=True, kw_only=True)
class WebhookStopped(Event):
    """An endpoint was switched off because it had failed for days; ``failures`` in a row."""

    webhook_endpoint_id: int
    failures: int
