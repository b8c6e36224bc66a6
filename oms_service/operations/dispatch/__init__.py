"""From the shelf to the carrier: picked, packed, labelled, handed over."""
