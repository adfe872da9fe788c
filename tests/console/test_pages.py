"""What every page has in common: nothing inline, nothing from elsewhere, nothing kept."""

from collections.abc import Awaitable, Callable
from html.parser import HTMLParser

import httpx
import pytest

from houses import Shop
from rackhouse.console.rendering import STATIC, static_url

PAGES = [
    "/",
    "/orders",
    "/lots",
    "/inbound",
    "/promises",
    "/quotas",
    "/waiting",
    "/evidence",
    "/cases",
    "/collections",
    "/counts",
    "/docs",
    "/signin",
    "/problems",
    "/problems/not-enough-stock",
    "/problems/busy",
]


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_lets_nothing_in_from_elsewhere(
    operator: httpx.AsyncClient, path: str
) -> None:
    answer = await operator.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'") and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] in ("no-store", "no-cache")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_no_script_or_style_within(operator: httpx.AsyncClient, path: str) -> None:
    for tag, attributes in Elements((await operator.get(path)).text).found:
        assert tag != "style" and "style" not in attributes, tag
        assert tag != "script" or attributes.get("src"), tag
        assert not [name for name in attributes if name.startswith("on")], tag


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_asks_no_other_host_for_anything(
    operator: httpx.AsyncClient, path: str
) -> None:
    for tag, attributes in Elements((await operator.get(path)).text).found:
        for name in ("src", "href", "action", "sse-connect", "hx-get", "hx-post"):
            assert (attributes.get(name) or "/").startswith(("/", "#", "?")), (tag, attributes)


@pytest.mark.parametrize("path", PAGES)
async def test_every_link_on_a_page_leads_somewhere(operator: httpx.AsyncClient, path: str) -> None:
    elements = Elements((await operator.get(path)).text).found
    ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
    links = {attributes.get("href") or "" for tag, attributes in elements if tag == "a"}
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    for link in sorted(link for link in links if link.startswith("/") and link != "/")[:300]:
        assert (await operator.get(link)).status_code == 200, link


async def test_a_style_sheet_may_be_kept_for_good_because_its_address_changes(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.get(static_url("console.css"))
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.content == (STATIC / "console.css").read_bytes()


@pytest.mark.parametrize("path", ["/static/../rendering.py", "/static/nothing.css", "/nothing"])
async def test_what_is_not_there_is_not_found(stranger: httpx.AsyncClient, path: str) -> None:
    assert (await stranger.get(path)).status_code == 404


@pytest.mark.parametrize("query", ["page=0", "page=x", f"q={'x' * 101}", "page=99999999"])
async def test_a_query_out_of_bounds_is_refused_in_words(
    operator: httpx.AsyncClient, query: str
) -> None:
    answer = await operator.get(f"/?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text and "<h1>Malformed request</h1>" in answer.text


async def test_what_people_typed_is_shown_as_they_typed_it(
    operator: httpx.AsyncClient, open_shop: Callable[..., Awaitable[Shop]]
) -> None:
    await open_shop(units=1)
    text = (await operator.get("/", params={"q": "<script>alert(1)</script>"})).text
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text
