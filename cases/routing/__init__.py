"""Who works on a case: queues and rules, presence and skills, and who gets it."""
