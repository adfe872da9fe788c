"""What was typed, as words; and what is shown of where they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rackhouse.search import QueryTooLong
from rackhouse.search.analysis import LANGUAGES, Analysis
from rackhouse.search.engine import Found, Hit
from rackhouse.search.highlights import highlights_of, meant_by
from rackhouse.search.rules.documents import Card
from rackhouse.search.rules.words import edits_between, said_in, synonyms_in

ENGLISH = Analysis("english")


def said(text, *, synonyms=(), unfinished=False):
    return said_in(text, ENGLISH, synonyms_in(synonyms, ENGLISH), unfinished=unfinished)


def a_hit(**texts):
    card = Card(id="x", type="goods", name="x", brand=None, categories=(), price_minor=None,
                currency=None, image=None, skus=(), version=1)  # fmt: skip
    return Hit(card, (1.0, 1), {group: (text,) for group, text in texts.items()})


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("", []),
        ("Ardbeg Ten", [("ardbeg",), ("ten",)]),
        ("single-malt", [("single",), ("malt",)]),
        ("the Ardbeg of the sea", [("ardbeg",), ("sea",)]),
        ("the", [("the",)]),
        ('"Port Ellen" 1979', [("port", "ellen"), ("1979",)]),
        ('"unfinished quote', [("unfinished", "quote")]),
        ('"" --', []),
        ("Château", [("chateau",)]),
    ],
)
def test_a_query_is_read_as_words_and_phrases(text, forms):
    assert [each.forms for each in said(text).words] == forms


def test_a_star_and_an_unfinished_query_mean_beginnings():
    assert [each.begins for each in said("glen* old").words] == [True, False]
    assert [each.begins for each in said("old gl", unfinished=True).words] == [False, True]
    assert [each.begins for each in said("old gl ", unfinished=True).words] == [False, False]
    assert [each.begins for each in said("g* 山* g", unfinished=True).words] == [False, True, False]


def test_only_long_words_without_figures_may_be_misspelt():
    edits = {each.text: each.edits for each in said('gin port lagavulin 1979s "port ellen"').words}
    assert edits == {"gin": 0, "port": 1, "lagavulin": 2, "1979s": 0, "port ellen": 0}


def test_synonyms_go_both_ways_unless_they_are_several_words():
    groups = [["whisky", "whiskey"], ["cask strength", "overproof"]]
    assert said("Whiskey", synonyms=groups).words[0].synonyms == (("whisky",),)
    assert said("overproof", synonyms=groups).words[0].synonyms == (("cask", "strength"),)
    assert [each.synonyms for each in said("cask strength", synonyms=groups).words] == [(), ()]


def test_too_many_words_are_refused():
    with pytest.raises(QueryTooLong):
        said(" ".join(f"word{number}" for number in range(9)))


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("ardbeg", "ardbeg", 0), ("ardbeg", "adrbeg", 1), ("ardbeg", "ardbg", 1),
     ("ardbeg", "ardbegs", 1), ("ardbeg", "arbdge", 2), ("abc", "ca", 3), ("", "ab", 2)],
)  # fmt: skip
def test_edits_are_counted(one, other, edits):
    assert edits_between(one, other, 5) == edits
    assert edits_between(other, one, 5) == edits
    assert edits_between(one, other, 0) == min(edits, 1)


@settings(deadline=None, max_examples=40)
@given(st.text("ab", max_size=5), st.text("ab", max_size=5), st.integers(0, 3))
def test_a_bound_of_edits_only_bounds_them(one, other, most):
    assert edits_between(one, other, most) == min(edits_between(one, other, 10), most + 1)


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60), st.sampled_from(["text <b>", "ardbeg", "a"]))
def test_whatever_a_text_says_only_marks_are_html(text, q):
    name = f"{text} ardbeg <b>text</b>"
    shown = highlights_of(a_hit(name=name), said(q), frozenset(), ENGLISH).name
    if shown is not None:
        assert "<" not in shown.replace("<mark>", "").replace("</mark>", "")


def test_a_snippet_is_cut_around_the_first_word():
    prose = "far away " * 40 + "the smoked tea arrives late " + "and stays " * 40
    shown = highlights_of(a_hit(prose=prose), said("smoke"), frozenset(), ENGLISH).text
    assert shown is not None
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "the <mark>smoked</mark> tea" in shown
    assert len(shown) < 200


def test_what_was_meant_keeps_the_words_that_are_right():
    found = Found((a_hit(name="Lagavulin Sixteen"),), False, 1, (), frozenset({1}))
    assert meant_by(said("sixteen lagavullin"), found, ENGLISH) == "sixteen lagavulin"
    nothing = Found((), False, 0, (), frozenset({1}))
    assert meant_by(said("sixteen lagavullin"), nothing, ENGLISH) is None


@pytest.mark.parametrize("language", [*LANGUAGES, None])
def test_every_language_reads_words(language):
    analysis = Analysis(language)
    assert analysis.words("Tea, 12 Jahre & Écosse") == ["tea", "12", "jahre", "ecosse"]
    assert analysis.stem("tea")
