"""Tests of tui/panes."""
