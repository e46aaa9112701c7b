"""Tests of tui/library."""
