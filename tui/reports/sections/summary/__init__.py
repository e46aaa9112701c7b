"""The verdict of a run, and the best model of each number with its lead."""
