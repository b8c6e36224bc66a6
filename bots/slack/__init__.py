"""Slack: where agents finish cases, and where customers and colleagues ask."""
