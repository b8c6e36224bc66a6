"""What comes after a case and after a delivery: acceptance, satisfaction, feedback, reviews."""
