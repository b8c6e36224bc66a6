"""When parcels arrive, learned from this shop's own history: pure, and never looking ahead."""
