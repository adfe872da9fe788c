"""The real data sets and the demo in one catalog: all of it out, and in again."""

import pytest
from exchanging import exported, imported

from houses import context_of
from rackhouse.catalog import products_with_skus

PRODUCTS_LEAST = 49_000


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_real_catalog_comes_out_and_in_again_without_a_difference(real_house):
    context = context_of(real_house)
    content, head = await exported(context, "jsonl")
    report = await imported(context, content, head=head, remove_missing=True)
    assert report.rows == report.unchanged > PRODUCTS_LEAST
    assert (report.created, report.changed, report.removed, report.rows_bad) == (0, 0, 0, 0)


async def test_a_product_of_each_data_set_is_in_it(real_house):
    skus = ["85123A"]
    found = await products_with_skus(context=context_of(real_house), skus=skus)
    assert found["85123A"].name == "WHITE HANGING HEART T-LIGHT HOLDER"
