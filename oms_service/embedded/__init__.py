"""Real PostgreSQL and Valkey from Python wheels, for a demo or a test run without servers."""
