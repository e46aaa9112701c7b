"""This package computes numbers from the times of requests, and summarises them."""
