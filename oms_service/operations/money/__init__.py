"""An order's money: charged, captured, settled, given back, billed."""
