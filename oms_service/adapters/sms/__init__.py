"""Short messages: by a provider's HTTP interface, or as files where there is none."""
