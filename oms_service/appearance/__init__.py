"""How the shop looks: its name, its logo and its colour, and how they were before."""
