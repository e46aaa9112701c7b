"""Graders: what tells a right answer from a wrong one by rules, with the reason in words."""
