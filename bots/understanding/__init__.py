"""What a customer meant: language, acts, intents and slots, from words alone."""
