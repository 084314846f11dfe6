"""The languages that pages can be written in."""

ENGLISH = "en"
"""The texts in code and templates are English, and the keys of the others' catalogues."""

LANGUAGES = {ENGLISH: "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""Code (BCP 47) -> its own name. Each but English has its catalogue, ``dashboards/languages/<code>.po``."""


def marked(text: str) -> str:
    """Returns the text unchanged. It marks a text for the catalogues that is translated later, where it is shown."""
    return text
