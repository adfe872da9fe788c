"""The catalog as its handlers answer: entity tags, preconditions, collections, pages."""

import msgspec
import pytest
from making import a_call, a_draft, fresh, listed, sku

from rackhouse.catalog import InvalidProduct, ProductNotFound, ProductTypeNotFound, built_in_types
from rackhouse.catalog.http import ENDPOINTS
from rackhouse.platform.errors import MissingPrecondition, StaleVersion
from rackhouse.platform.http import json_text, openapi_document
from rackhouse.platform.http.endpoint import CursorUnknown

COLLECTIONS = {
    "spirit": ("/api/v1/spirits", "spirits", {"spirit_type": "rum"}),
    "garment": ("/api/v1/apparel", "garments", {"garment_type": "coat"}),
    "wine": ("/api/v1/wines", "wines", {"wine_type": "red"}),
    "set": ("/api/v1/sets", "sets", {"theme": "winter"}),
}


def at(product_id):
    return {"product_id": product_id}


def tag_of(answer):
    return dict(answer.headers)[b"etag"].decode()


async def test_a_new_product_says_where_it_is_and_which_version(context):
    draft = a_draft()
    answer = await a_call(context, "create_product", body=draft)
    headers = dict(answer.headers)
    assert (answer.status, headers[b"etag"]) == (201, b'"1"')
    assert headers[b"location"].decode() == f"/api/v1/products/{draft['id']}"


async def test_a_product_can_be_sent_back_as_it_was_read_with_an_edit(context):
    product = await listed(context)
    read = await a_call(context, "get_product", path=at(product.id))
    body = msgspec.json.decode(json_text(read.body))
    edited = await a_call(
        context,
        "replace_product",
        path=at(product.id),
        body=body | {"name": "Goblet"},
        if_match=tag_of(read),
    )
    assert (edited.status, edited.body.name, tag_of(edited)) == (200, "Goblet", '"2"')


async def test_an_edit_needs_the_version_that_was_read(context):
    product = await listed(context)
    for name, body in (("replace_product", a_draft(id=product.id)), ("remove_product", None)):
        with pytest.raises(MissingPrecondition):
            await a_call(context, name, path=at(product.id), body=body)
        with pytest.raises(StaleVersion):
            await a_call(context, name, path=at(product.id), body=body, if_match='"7"')
    gone = await a_call(context, "remove_product", path=at(product.id), if_match="*")
    assert gone.status == 204
    with pytest.raises(ProductNotFound):
        await a_call(context, "get_product", path=at(product.id))


@pytest.mark.parametrize("one", COLLECTIONS)
async def test_a_collection_has_products_of_its_type_only(context, one):
    path, many, attributes = COLLECTIONS[one]
    tag = fresh("tag")
    draft = {"name": "One", "tags": [tag], "attributes": attributes, "variants": [{"sku": sku()}]}
    made = await a_call(context, f"create_{one}", body=draft)
    assert dict(made.headers)[b"location"].decode() == f"{path}/{made.body.id}"
    other = await listed(context, tags=[tag])
    assert other.type == "goods"
    page = await a_call(context, f"list_{many}", query={"tag": tag})
    assert [each.id for each in page.body.items] == [made.body.id]
    assert (await a_call(context, f"get_{one}", path=at(made.body.id))).body == made.body
    for name in (f"get_{one}", f"remove_{one}"):
        with pytest.raises(ProductNotFound):
            await a_call(context, name, path=at(other.id), if_match="*")
    with pytest.raises(InvalidProduct) as refused:
        await a_call(context, f"create_{one}", body=draft | {"type": "goods"})
    assert refused.value.problems[0].field == "type"


@pytest.mark.parametrize("sort", ["name", "price", "-price", "-updated_at", "-release_date"])
async def test_pages_are_followed_by_their_cursor(context, sort):
    tag = fresh("tag")
    made = [await listed(context, tags=[tag]) for _ in range(5)]
    found, cursor = [], None
    while True:
        query = {"tag": tag, "sort": sort, "limit": 2, "cursor": cursor}
        page = (await a_call(context, "list_products", query=query)).body
        found += [each.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == sorted(each.id for each in made)


async def test_a_cursor_of_another_order_is_refused(context):
    tag = fresh("tag")
    for _ in range(2):
        await listed(context, tags=[tag])
    query = {"tag": tag, "limit": 1}
    cursor = (await a_call(context, "list_products", query=query)).body.next_cursor
    with pytest.raises(CursorUnknown):
        await a_call(context, "list_products", query=query | {"cursor": cursor, "sort": "-price"})


async def test_product_types_are_told_with_their_attributes(context):
    page = (await a_call(context, "get_product_types")).body
    assert {each.name for each in page.items} >= built_in_types().keys()
    spirit = (await a_call(context, "get_product_type", path={"name": "spirit"})).body
    assert spirit.attribute("abv").unit == "% vol"
    with pytest.raises(ProductTypeNotFound):
        await a_call(context, "get_product_type", path={"name": "boat"})


def test_the_description_names_each_operation_once_and_each_attribute():
    document = openapi_document(ENDPOINTS, title="Catalog", version="1", server="/")
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    posted = document["paths"]["/api/v1/spirits"]["post"]["requestBody"]["content"]
    schema = posted["application/json"]["schema"]
    assert schema["required"] == ["name", "attributes"]
    assert "distillery" in json_text(schema)
