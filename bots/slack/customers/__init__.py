"""Customers in Slack: the bot of the chat in direct messages and in the assistant's pane."""
