"""Talks with the chat."""
