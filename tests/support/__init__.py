"""Helpers for the tests: builders of records, scripted parts, terminals and waiting."""
