"""Where scans come from: mappings, wordings, numbers that wait, and asking carriers."""
