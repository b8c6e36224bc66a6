"""What the bot can do: the only place where the dialogue meets the domain."""
