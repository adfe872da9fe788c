"""Tags of languages (BCP 47, RFC 5646): which are well-formed, and how each is written."""

import re
from typing import Any

from .problems import Problems, show

TAG_LENGTH_MAX = 35
"""RFC 5646, section 4.4.1: no tag that stands for a real language needs more."""

_TAG = re.compile(
    r"""
    [a-z]{2,3}(-[a-z]{3}){0,3}              # the language, with extended ones
    (-[a-z]{4})?                            # the script
    (-([a-z]{2}|[0-9]{3}))?                 # the region
    (-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*    # variants
    (-[a-wyz0-9](-[a-z0-9]{2,8})+)*         # extensions
    (-x(-[a-z0-9]{1,8})+)?                  # for private use
    """,
    re.IGNORECASE | re.VERBOSE,
)


def language_tag_of(value: Any, path: str, problems: Problems) -> str:
    """A tag as RFC 5646, section 2.1.1, recommends to write it: ``de``, ``zh-Hant-TW``."""
    if isinstance(value, str) and len(value) <= TAG_LENGTH_MAX and _TAG.fullmatch(value):
        return _written(value)
    problems.note(path, f"{show(value)} is not a language; write its tag, such as de or pt-BR")
    return ""


def _written(tag: str) -> str:
    language, *rest = tag.lower().split("-")
    words, plain = [language], False
    for word in rest:
        plain = plain or len(word) == 1  # after a singleton all is written in small letters
        if plain or len(word) not in (2, 4) or not word.isalpha():
            words.append(word)
        else:
            words.append(word.upper() if len(word) == 2 else word.title())
    return "-".join(words)
