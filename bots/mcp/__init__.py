"""Other people's agents: tokens, the server they connect to, and what they did."""
