"""When whole orders will arrive, and which of them need somebody."""
