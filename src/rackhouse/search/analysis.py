"""Analysis: from text to words. The index and whoever asks it read text in the same way."""

from functools import lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from rackhouse.search.rules.documents import normal

__all__ = ["LANGUAGES", "WORD_LENGTH_MAX", "Analysis", "Token"]

WORD_LENGTH_MAX = 60
STEMS_KEPT = 50_000

LANGUAGES = (
    "arabic",
    "danish",
    "dutch",
    "english",
    "finnish",
    "french",
    "german",
    "greek",
    "hungarian",
    "italian",
    "norwegian",
    "portuguese",
    "romanian",
    "russian",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
)
"""The languages whose words are known in their forms."""

WITH_STOP_WORDS = frozenset(LANGUAGES) - {"arabic", "greek", "romanian", "tamil", "turkish"}

Token = tuple[str, int, int]
"""A word in small letters without accents, and where it stands in the text."""


class Analysis:
    """How text of one language is read: small letters, no accents, words of any script. ``plain``
    and ``stemmed`` are the same for the index; None is a language whose forms are not known."""

    def __init__(self, language: str | None) -> None:
        self.plain = _analyzer([])
        self.stemmed = self.plain if language is None else _analyzer([Filter.stemmer(language)])
        self._says: TextAnalyzer | None = None
        if language in WITH_STOP_WORDS:
            self._says = _analyzer([Filter.stopword(language)])
        self.stem = lru_cache(STEMS_KEPT)(self._stem)

    def words(self, text: str) -> list[str]:
        """The words of a text."""
        return self.plain.analyze(normal(text))

    def tokens(self, text: str) -> list[Token]:
        """The words of a text that is `normal`, each with its place."""
        found = self.plain.pre_tokenize(text).tokens
        return [(each.text, each.char_offset_from, each.char_offset_to) for each in found]

    def says_something(self, word: str) -> bool:
        """Whether a word is more than an article or the like."""
        return self._says is None or bool(self._says.analyze(word))

    def _stem(self, word: str) -> str:
        return next(iter(self.stemmed.analyze(word)), word)


def _analyzer(filters: list[Filter]) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    reading = [Filter.remove_long(WORD_LENGTH_MAX), Filter.lowercase(), Filter.ascii_fold()]
    for each in (*reading, *filters):
        builder = builder.filter(each)
    return builder.build()
