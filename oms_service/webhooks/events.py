"""What webhooks tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("webhook.tested", of="webhook_endpoint")
@dataclass(frozen=True, kw_only=True)
class WebhookTested(Event):
    """Somebody tries an endpoint: this goes to it alone, whatever it listens to."""

    webhook_endpoint_id: int


@event("webhook_endpoint.added", of="webhook_endpoint")
@dataclass(frozen=True, kw_only=True)
class WebhookEndpointAdded(Event):
    """A partner's server is told of events from now on."""

    webhook_endpoint_id: int


@event("webhook_endpoint.changed", of="webhook_endpoint")
@dataclass(frozen=True, kw_only=True)
class WebhookEndpointChanged(Event):
    """Where an endpoint is, of what it is told, or whether, was changed."""

    webhook_endpoint_id: int


@event("webhook_endpoint.secret_renewed", of="webhook_endpoint")
@dataclass(frozen=True, kw_only=True)
class WebhookEndpointSecretRenewed(Event):
    """Messages to an endpoint are signed with a new secret."""

    webhook_endpoint_id: int


@event("webhook_endpoint.ended", of="webhook_endpoint")
@dataclass(frozen=True, kw_only=True)
class WebhookEndpointEnded(Event):
    """An endpoint was taken away for good."""

    webhook_endpoint_id: int


@event("webhook.stopped", of="webhook_endpoint")
@dataclass(frozen=True, kw_only=True)
class WebhookStopped(Event):
    """An endpoint was switched off because it had failed for days; ``failures`` in a row."""

    webhook_endpoint_id: int
    failures: int
