"""Predict whether a model fits into memory, watch the memory during a run, and end a model if it runs low."""
