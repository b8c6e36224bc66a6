"""Money: methods, the payments ledger, refunds."""
