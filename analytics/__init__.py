"""Footfall: counts how many people visit each section of a website without identifying any of them."""

__version__ = "0.1.0"
