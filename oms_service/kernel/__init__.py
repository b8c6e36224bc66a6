"""Words every floor shares; pure Python."""
