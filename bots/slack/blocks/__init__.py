"""What stands in Slack, built from what is known: no database, no call to Slack."""
