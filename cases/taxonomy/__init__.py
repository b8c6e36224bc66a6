"""What a case is about, as data the shop edits: reasons, statuses, tags, fields, lines."""
