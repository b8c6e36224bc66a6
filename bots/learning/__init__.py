"""What the chat learns from: seeds of the shop, messages that were missed, weights."""
