"""The panes that help to choose a model: the weights, the ranking, and quality against speed."""
