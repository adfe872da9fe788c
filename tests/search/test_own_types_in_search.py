"""A type of the seller's own is searched, narrowed and sorted by what it says of its attributes."""

import pytest
from finding import a_mark, look, until

from rackhouse.catalog import create_product, define_product_type
from rackhouse.platform.context import Context
from rackhouse.search.index import SearchIndex

pytestmark = pytest.mark.usefixtures("index")


async def test_a_type_that_is_defined_is_searched_without_a_pause(
    context: Context, index: SearchIndex
) -> None:
    mark = a_mark()
    name, leaf = f"tea-{mark[:12]}", f"leaf_{mark[:6]}"
    attributes = [
        {
            "name": leaf,
            "title": "Leaf",
            "kind": "enum",
            "values": ["green", "black"],
            "facet": True,
            "sortable": True,
        },
        {
            "name": "notes",
            "title": "Notes",
            "kind": "localized",
            "default_language": "en",
            "searchable": True,
        },
        {"name": "steeping", "title": "Steeping", "kind": "range", "of": "integer"},
    ]
    before = index.rebuilt
    await define_product_type(
        context=context,
        draft={"name": name, "title": "Tea", "collection": f"{name}s", "attributes": attributes},
    )
    said = {
        leaf: "green",
        "notes": {"en": "Malty", "de": "Malzig"},
        "steeping": {"from": 1, "to": 2},
    }
    await create_product(
        context=context,
        draft={"id": mark, "type": name, "name": f"Tea {mark}", "attributes": said},
    )
    await until(lambda: look(context, mark), lambda found: found.total == 1)
    await until(lambda: look(context, mark), lambda _: index.rebuilt > before)
    found = await look(
        context, f"{mark} malzig", filter=f"{leaf}:green", facets=leaf, sort=f"-{leaf}"
    )
    assert found.total == 1
    assert [(each.value, each.count) for each in found.facets[leaf]] == [("green", 1)]
