"""What a program may do in a conversation: tools over the same skills that the chat has."""
