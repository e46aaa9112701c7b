"""A plan as a file: written on one machine, and read on every other as what somebody else may have written."""
