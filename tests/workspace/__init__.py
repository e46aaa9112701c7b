"""Tests of tui/workspace."""
