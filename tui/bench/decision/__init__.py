"""Collect the candidates for a choice of model from the history, and route tasks by them."""
