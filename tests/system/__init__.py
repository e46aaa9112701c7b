"""Tests of tui/system, and of what differs by system elsewhere, with the other systems' ways injected."""
