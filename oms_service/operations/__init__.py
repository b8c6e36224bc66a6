"""Every use case that changes an order: what may be done is decided here."""
