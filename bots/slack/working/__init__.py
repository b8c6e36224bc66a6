"""Working on cases in Slack: what colleagues press and send off there, done as on the desk."""
