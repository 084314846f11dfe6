"""Dashboards as files: read into checked values, changed, and written down again. Below the web, which shows them."""
