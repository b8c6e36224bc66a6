"""Each notice from the fact to the letter in its reader's hands."""
