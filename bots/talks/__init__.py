"""Talks with the chat: what it heard and did in each, replayed and counted."""
