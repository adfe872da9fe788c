"""Synonyms: those that are built in, and the seller's own."""

from importlib import resources

from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.settings import Settings
from rackhouse.search.analysis import Analysis
from rackhouse.search.rules.words import Synonyms, synonyms_in

__all__ = ["known_synonyms"]


def known_synonyms(settings: Settings, analysis: Analysis) -> Synonyms:
    """The built-in synonyms and the seller's own. Refuses with `InvalidSetting`."""
    texts = [resources.files("rackhouse.search").joinpath("synonyms.txt").read_text("utf-8")]
    own = settings.search_synonyms
    if own is not None:
        try:
            texts.append(own.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            told = f"RACKHOUSE_SEARCH_SYNONYMS names {own}, which can not be read: {error}."
            raise InvalidSetting(told) from error
    lines = (line for text in texts for line in text.splitlines())
    groups = [line.split(",") for line in lines if line.strip() and not line.startswith("#")]
    return synonyms_in(groups, analysis)
