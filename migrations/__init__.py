"""The schema, step by step: one numbered revision after another, one head."""
