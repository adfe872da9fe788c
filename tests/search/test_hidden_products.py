"""Search finds what is live, at the moment that it is asked; all of it for those who see drafts."""

import datetime
import time
from types import SimpleNamespace

import pytest
from finding import a_mark, a_whisky, ids_of, look, until

from houses import context_of
from rackhouse.catalog import note_availability, patch_product
from rackhouse.search import asking, suggestions

pytestmark = pytest.mark.usefixtures("index")

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def customer(house):
    """The context of somebody who sees what is live only."""
    return context_of(house, permissions=frozenset({"catalog:read", "inventory:read"}))


def moment(ahead: datetime.timedelta) -> str:
    return (datetime.datetime.now(datetime.UTC) + ahead).isoformat()


async def test_what_is_not_live_is_found_counted_and_suggested_for_some_only(context, customer):
    mark = a_mark()
    live = await a_whisky(context, mark)
    draft = await a_whisky(context, mark, stage="draft", brand="Nobody")
    gone = await a_whisky(context, mark, archives_at=moment(-HOUR))
    later = await a_whisky(context, mark, goes_live_at=moment(HOUR))
    every = {live, draft, gone, later}
    found = await until(
        lambda: look(context, mark, facets="brand,stage"), lambda found: found.total == 4
    )
    assert set(ids_of(found)) == every
    assert {each.value for each in found.facets["stage"]} == {"live", "draft"}
    seen = await look(customer, mark, facets="brand,stage")
    assert (ids_of(seen), seen.total, seen.facets["brand"]) == ([live], 1, [])
    assert (await look(customer, mark, filter="stage:draft")).total == 0
    assert (await look(context, mark, filter="stage:draft")).total == 1
    told = await suggestions(context=customer, q=mark, limit=20)
    assert [each.id for each in told.products] == [live]
    told = await suggestions(context=customer, q="nobod", limit=20)
    assert "Nobody" not in [each.value for each in told.brands]


async def test_a_product_is_found_from_its_moment_on_without_a_word_to_the_index(
    context, customer, monkeypatch
):
    mark = a_mark()
    whisky = await a_whisky(context, mark, goes_live_at=moment(HOUR), archives_at=moment(3 * HOUR))
    await until(lambda: look(context, mark), lambda found: found.total == 1)
    for hours, seen in ((0, []), (2, [whisky]), (4, [])):
        clock = SimpleNamespace(time=lambda ahead=hours: time.time() + ahead * 3600)
        monkeypatch.setattr(asking, "time", clock)
        assert ids_of(await look(customer, mark)) == seen


async def test_what_was_archived_is_found_no_more_and_what_is_sold_out_says_so(context, customer):
    mark = a_mark()
    whisky = await a_whisky(context, mark)
    await until(lambda: look(customer, mark), lambda found: found.total == 1)
    await note_availability(context=context, found={whisky: "sold_out"})
    await until(
        lambda: look(customer, mark), lambda found: found.items[0].availability == "sold_out"
    )
    await patch_product(
        context=context,
        product_id=whisky,
        only_type=None,
        patch={"stage": "archived"},
        expected_version=None,
    )
    await until(lambda: look(customer, mark), lambda found: found.total == 0)
