"""Tests of tui/engines."""
