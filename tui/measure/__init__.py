"""Arithmetic on records: no input or output, no clock, no async."""
