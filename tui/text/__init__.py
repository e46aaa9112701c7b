"""This package writes text for people: numbers, sizes, tables and escaped text."""
