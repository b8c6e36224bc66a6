"""How the house keeps, queues and tells things; no trade in here."""
