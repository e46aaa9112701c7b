"""Choosing and routing by the runs in the history."""
