"""Tests of tui/measure."""
