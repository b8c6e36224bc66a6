"""The page frame every package hangs its pages in: look, words, slots, security."""
