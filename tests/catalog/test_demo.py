import msgspec

from rackhouse.catalog.demo import demo_drafts
from rackhouse.catalog.rules import validate_product
from rackhouse.catalog.types import built_in_types

PRODUCTS = [validate_product(draft, built_in_types()[draft["type"]]) for draft in demo_drafts()]


def test_every_product_of_the_demo_catalog_has_its_own_id_and_its_variants_their_own_skus():
    skus = [variant.sku for product in PRODUCTS for variant in product.variants]
    assert len({product.id for product in PRODUCTS}) == len(PRODUCTS)
    assert len(set(skus)) == len(skus)
    assert all(product.variants for product in PRODUCTS)


def test_every_bundle_is_made_of_skus_that_the_demo_catalog_sells():
    variants = [variant for product in PRODUCTS for variant in product.variants]
    simple = {variant.sku for variant in variants if not variant.is_bundle}
    wanted = {component.sku for variant in variants for component in variant.components}
    assert wanted and wanted <= simple


def test_the_demo_catalog_has_spirits_garments_and_sets():
    kinds = {product.type for product in PRODUCTS}
    assert kinds == {"spirit", "apparel", "bundle"}


def test_every_product_reads_the_same_after_it_was_written_out():
    for product in PRODUCTS:
        written = msgspec.to_builtins(product)
        assert validate_product(written, built_in_types()[product.type]) == product


def test_the_demo_catalog_fetches_nothing_from_elsewhere():
    assert not any(product.media for product in PRODUCTS)
