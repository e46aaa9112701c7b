"""Tests of tui/bench."""
