"""The demo's Slack on a page: channels, threads and windows as our blocks draw them."""
