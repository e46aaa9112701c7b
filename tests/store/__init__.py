"""Tests of tui/store."""
