"""Tests of tui/probes."""
