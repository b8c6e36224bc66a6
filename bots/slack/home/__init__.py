"""The App Home of a colleague: their inbox in Slack, drawn anew while it is open."""
