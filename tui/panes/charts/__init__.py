"""The charts of one model's numbers: how they spread, and how they went over the run."""
