"""Figures about cases: how soon, how well, how many; and how it stands this minute."""
