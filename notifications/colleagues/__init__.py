"""What colleagues are told: rules, the bell, mail by choice, and what becomes of the unread."""
