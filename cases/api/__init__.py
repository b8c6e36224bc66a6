"""Cases for programs: under `/v1/cases`."""
