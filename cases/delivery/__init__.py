"""How a delivery goes, for whoever may see it: by signed link, on the portal, beside an order."""
