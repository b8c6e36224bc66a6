"""The shop's own answers to questions, which it edits itself."""
