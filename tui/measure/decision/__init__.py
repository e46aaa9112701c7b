"""Choosing a model: scores, ranking, limits, licences and routing."""
