"""Tests of the guide and the README."""
