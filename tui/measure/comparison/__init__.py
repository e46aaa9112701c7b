"""Comparing two runs, or the models of one run."""
