"""Memory before and during a run: whether a model fits, and what happens when it does not."""
