"""Doing a run: the plan, the events it yields, the runner."""
