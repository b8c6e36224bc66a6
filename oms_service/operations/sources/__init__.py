"""Where units come from, and with whom they travel."""
