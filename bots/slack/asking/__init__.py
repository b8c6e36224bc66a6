"""Asking in Slack: the command, shortcuts of messages, links, and the app called by name."""
