"""The contract between the dialogue and what runs its calls, one module a subject."""
