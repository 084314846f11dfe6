"""Footfall: counts the people in each part of a web site and knows none of them."""

__version__ = "0.1.0"
