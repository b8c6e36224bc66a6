"""Finding cases and handling many: the inbox, search, saved views, bulk."""
