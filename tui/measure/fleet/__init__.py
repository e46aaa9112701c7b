"""Results of one plan on many machines: merged, never averaged, and compared only within a machine."""
