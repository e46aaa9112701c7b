"""Plans: their checks, protocols and sweeps, the order of their samples, and the rule for adding rounds."""
