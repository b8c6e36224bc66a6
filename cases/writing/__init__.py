"""The agent's hands on one case: answers that can be undone, macros, drafts, who else looks."""
