"""A Slack of our own: what a workspace holds, its Web API, and people who press buttons there."""
