"""Readings from the machine."""
