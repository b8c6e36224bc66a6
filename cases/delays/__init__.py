"""Late parcels: when they need a person."""
