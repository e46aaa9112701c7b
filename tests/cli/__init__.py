"""Tests of tui/cli."""
