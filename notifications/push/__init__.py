"""Web push: what rings in a customer's browser, and how it gets there unread by others."""
