"""The chat on web pages: the shop's own, and frames on other sites."""
