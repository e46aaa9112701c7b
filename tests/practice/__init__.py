"""Tests of tui/practice."""
