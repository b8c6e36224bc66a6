"""Outbound webhooks: what happens here, told to partners' servers, signed and at least once."""
