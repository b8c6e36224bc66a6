"""The flows, one conversation each."""
