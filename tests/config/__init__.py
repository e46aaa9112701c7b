"""Tests of tui/config."""
