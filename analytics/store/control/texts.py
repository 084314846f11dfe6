"""Names, paths and other texts that an owner enters, checked before they are saved."""

from collections.abc import Collection

from analytics import paths
from analytics.errors import InvalidInput

_LONGEST = 500

NAMED = {
    "funnel": ("Enter a name for the funnel, such as %(example)s", "Another funnel is already called “%(name)s”"),
    "segment": ("Enter a name for the segment, such as %(example)s", "Another segment is already called “%(name)s”"),
    "link": ("Enter a name for the link, such as %(example)s", "Another link is already called “%(name)s”"),
}
"""What has a name, and what is said where it has none, or one that is taken."""


def checked_name(text: str, taken: Collection[str], kind: str, example: str) -> str:
    """The name of something that an owner saves, without surrounding space. ``kind`` is a key of ``NAMED``; ``taken`` are
    the names in use. Raises InvalidInput naming ``name``."""
    missing, doubled = NAMED[kind]
    wanted = plain_text("name", text.strip())
    if not wanted:
        raise InvalidInput("name", missing, example=example)
    if wanted in taken:
        raise InvalidInput("name", doubled, name=wanted)
    return wanted


def checked_path(field: str, text: str) -> str:
    """A path or a pattern of paths, spelt as paths are stored (``%20`` becomes a space). Raises InvalidInput naming
    ``field``."""
    text = plain_text(field, text.strip())
    path = paths.spelt(text)
    if not text:
        raise InvalidInput(field, "Enter a page; its path begins with /, such as /shop/** or /news/*")
    if path is None or not path.startswith(("/", "*")):
        raise InvalidInput(
            field, "“%(text)s” is not a path; it begins with /, such as /shop/** or /news/*", text=shown(text)
        )
    return path


def plain_text(field: str, text: str, longest: int = _LONGEST) -> str:
    """Returns the text if it is printable and not too long. Raises InvalidInput naming ``field``."""
    if len(text) > longest:
        raise InvalidInput(field, "Enter at most %(longest)s characters", longest=longest)
    if not text.isprintable():
        raise InvalidInput(field, "“%(text)s” contains an invisible character; type it again", text=shown(text))
    return text


def shown(text: str) -> str:
    """The text shortened and safe to print."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:60])
