"""Tests of tui/reports."""
