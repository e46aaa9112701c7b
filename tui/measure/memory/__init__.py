"""This package forecasts the memory of a model and prepares its time series."""
