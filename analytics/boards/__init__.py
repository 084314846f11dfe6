"""Dashboards as files: read into checked values, changed, and written again. Below the web, which shows them."""
