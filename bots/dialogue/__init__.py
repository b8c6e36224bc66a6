"""The conversation as a pure function: state and words in, state, sayings and calls out."""
