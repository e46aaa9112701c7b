"""Streams of known truth, played through the code that measures, and a verdict on what it makes of them."""
