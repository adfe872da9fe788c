"""Export and import as they go over HTTP, and the workers that carry imports out."""

import asyncio
import contextlib
import gzip

import httpx
import msgspec
import psycopg
import pytest
from exchanging import a_draft, fresh

from houses import context_of
from rackhouse.catalog import listed_products
from rackhouse.exchange import carrying_out
from rackhouse.exchange.carrying_out import carry_out_next, forget_imports, keep_importing
from rackhouse.exchange.making import AT_ONCE_MAX, Exports
from rackhouse.exchange.sending import OPEN_MAX
from rackhouse.identity import mint_token
from rackhouse.platform.tasks import ended
from serving import served

EXPORT, IMPORTS = "/api/v1/catalog/export", "/api/v1/catalog/imports"
PATIENCE_SECONDS = 60
LIMIT_BYTES = 3_000_000
UPLOADING = "select 1 from exchange.import where status = 'uploading'"


@pytest.fixture(scope="module")
async def api(own_house):
    """The API of a house of its own, asked by an operator."""
    token = await mint_token(house=own_house, roles=["operator"], subject="olga", ttl_seconds=7200)
    settings = msgspec.structs.replace(own_house.settings, import_max_bytes=LIMIT_BYTES)
    async with served(settings, authorization=f"Bearer {token}") as client:
        yield client


def file_of(*drafts):
    return b"".join(msgspec.json.encode(each) + b"\n" for each in drafts)


async def sent(api, content, **asked):
    """An import that waits."""
    answer = await api.post(IMPORTS, params=asked, content=content)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "waiting"
    assert answer.headers["location"] == f"{IMPORTS}/{answer.json()['id']}"
    return answer.json()["id"]


async def found(api, import_id):
    return (await api.get(f"{IMPORTS}/{import_id}")).json()


async def carried_out(api, house, content, **asked):
    """An import that has ended."""
    import_id = await sent(api, content, **asked)
    while await carry_out_next(house):
        pass
    return await found(api, import_id)


async def test_a_file_is_sent_imported_by_a_worker_and_reported(api, own_house):
    draft = a_draft()
    told = await carried_out(api, own_house, gzip.compress(file_of(draft)))
    assert (told["status"], told["started_by"], told["problem"]) == ("done", "olga", None)
    assert (told["report"]["created"], told["report"]["imported"]) == (1, True)
    assert (told["rows_read"], told["products_written"], told["products_to_write"]) == (1, 1, 1)
    listed = (await api.get(IMPORTS, params={"limit": 1})).json()["items"]
    assert [(each["id"], each["report"]) for each in listed] == [(told["id"], None)]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
async def test_what_is_exported_over_http_makes_no_difference(api, own_house, form):
    await carried_out(api, own_house, file_of(a_draft(name="=A|"), a_draft()))
    async with api.stream("GET", EXPORT, params={"format": form}) as answer:
        content = b"".join([piece async for piece in answer.aiter_bytes()])
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(content)
    assert answer.headers["content-disposition"] == f'attachment; filename="catalog.{form}"'
    told = await carried_out(api, own_house, content, format=form, dry_run="true")
    report = told["report"]
    assert (report["created"], report["changed"], report["removed"]) == (0, 0, 0)
    assert report["unchanged"] == report["rows"] > 0


async def test_only_one_type_or_what_is_new_is_exported(api, own_house):
    await carried_out(api, own_house, file_of(a_draft()))
    nothing = await api.get(EXPORT, params={"since": "2199-01-01T00:00:00Z"})
    assert len(nothing.content.splitlines()) == 1
    assert (await api.get(EXPORT, params={"type": "nothing"})).status_code == 404
    assert (await api.get(EXPORT, params={"format": "xlsx"})).status_code == 422
    assert (await api.get(EXPORT, params={"since": "yesterday"})).status_code == 422


async def test_a_broken_line_is_in_the_report_and_nothing_is_written(api, own_house, own):
    sound = a_draft()
    told = await carried_out(api, own_house, file_of(sound, a_draft(name="\0")) + b"{\n")
    assert told["status"] == "refused"
    assert [(each["line"], each["field"]) for each in told["report"]["problems"]] == [
        (2, "name"),
        (3, "line"),
    ]
    assert not told["report"]["imported"]
    assert await listed_products(context=own, product_ids=[sound["id"]]) == {}


async def test_a_file_that_can_not_be_read_is_refused_with_the_reason(api, own_house):
    told = await carried_out(api, own_house, b"PAR1", format="parquet")
    assert (told["status"], told["report"]) == ("refused", None)
    assert told["problem"].startswith("the file can not be read")


async def test_a_file_that_is_too_large_or_never_comes_to_its_end_is_forgotten(api, own_house):
    answer = await api.post(IMPORTS, content=b"x" * (LIMIT_BYTES + 1))
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("import-too-large")

    async def cut_off():
        yield b"x" * 1_500_000
        raise httpx.WriteError("gone")

    with contextlib.suppress(httpx.HTTPError):
        await api.post(IMPORTS, content=cut_off())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await rows(own_house, UPLOADING) != []:
            await asyncio.sleep(0.05)
    assert await rows(own_house, "select 1 from exchange.piece") == []


async def rows(house, statement):
    async with await psycopg.AsyncConnection.connect(house.database("exchange").url) as asked:
        return await (await asked.execute(statement)).fetchall()


async def test_one_that_waits_is_cancelled_at_once_and_only_once(api, own_house):
    import_id = await sent(api, file_of(a_draft()))
    for _ in range(2):
        answer = await api.post(f"{IMPORTS}/{import_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert not await carry_out_next(own_house)
    done = await carried_out(api, own_house, file_of(a_draft()))
    late = await api.post(f"{IMPORTS}/{done['id']}/cancel")
    assert (late.status_code, late.json()["ended_as"]) == (409, "done")
    assert "has ended (done)" in late.json()["detail"]
    for unknown in (fresh(), "0198c5b0-7a1e-7cc0-9d4e-6f1a3be0d1a5"):
        assert (await api.post(f"{IMPORTS}/{unknown}/cancel")).status_code == 404
        assert (await api.get(f"{IMPORTS}/{unknown}")).status_code == 404


async def test_one_that_runs_is_cancelled_between_two_batches(api, own_house, monkeypatch):
    import_id = await sent(api, file_of(a_draft()))
    begun = carrying_out.import_catalog

    async def cancelled_meanwhile(**facts):
        assert (await api.post(f"{IMPORTS}/{import_id}/cancel")).json()["status"] == "running"
        return await begun(**facts)

    monkeypatch.setattr(carrying_out, "import_catalog", cancelled_meanwhile)
    assert await carry_out_next(own_house)
    assert (await found(api, import_id))["status"] == "cancelled"


async def test_a_keeper_imports_what_comes_and_what_a_killed_one_left_behind(api, own_house):
    left = await sent(api, file_of(a_draft()))
    await rows_changed(own_house, "update exchange.import set status = 'running', attempts = 1")
    await rows_changed(own_house, "update exchange.import set ended_at = null")
    keeping = [asyncio.create_task(keep_importing(own_house)) for _ in range(2)]
    try:
        come = await sent(api, file_of(a_draft()))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while {(await found(api, each))["status"] for each in (left, come)} != {"done"}:
                await asyncio.sleep(0.05)
    finally:
        await ended(*keeping)


async def rows_changed(house, statement):
    where = " where status in ('waiting', 'running')"
    async with await psycopg.AsyncConnection.connect(house.database("exchange").url) as asked:
        await asked.execute(statement + where)


async def test_one_that_never_comes_to_its_end_is_given_up(api, own_house):
    import_id = await sent(api, file_of(a_draft()))
    await rows_changed(own_house, "update exchange.import set status = 'running', attempts = 3")
    assert await carry_out_next(own_house)
    told = await found(api, import_id)
    assert told["status"] == "failed"
    assert "cut off 3 times" in told["problem"]


async def test_old_imports_are_forgotten(api, own_house):
    old = await carried_out(api, own_house, file_of(a_draft()))
    async with await psycopg.AsyncConnection.connect(own_house.database("exchange").url) as asked:
        statement = "update exchange.import set ended_at = now() - interval '91 days' where id = %s"
        await asked.execute(statement, [old["id"]])
    await forget_imports(context=context_of(own_house))
    assert (await api.get(f"{IMPORTS}/{old['id']}")).status_code == 404


async def test_more_than_some_exports_at_once_wait_their_turn(api, own_house):
    exports, wait = Exports(own_house), asyncio.Event()

    async def write(*, file):
        await wait.wait()

    making = [asyncio.create_task(exports.made(write)) for _ in range(AT_ONCE_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Exception, match="exports are being made"):
        await exports.made(write)
    wait.set()
    for each in await asyncio.gather(*making):
        assert [piece async for piece in each.pieces()] == []


async def test_more_imports_than_may_wait_are_refused(api, own_house):
    async with await psycopg.AsyncConnection.connect(own_house.database("exchange").url) as asked:
        await asked.execute(
            """
            insert into exchange.import
            select gen_random_uuid(), 'uploading', 'csv', true, false, false, 0, 0, 0, null, 0,
                false, null, null, 'test', now() - interval '1 day'
            from generate_series(1, %s)
            """,
            [OPEN_MAX],
        )
    answer = await api.post(IMPORTS, content=b"")
    assert answer.status_code == 503
    await forget_imports(context=context_of(own_house))
    assert (await carried_out(api, own_house, b""))["status"] == "done"


@pytest.mark.parametrize("role", ["channel", "customer", "counter"])
async def test_who_may_not_is_told_so(api, own_house, role):
    binding = {"channel": {"channel": "web"}, "customer": {"customer_id": "c"}}.get(role, {})
    token = await mint_token(house=own_house, roles=[role], subject="x", ttl_seconds=600, **binding)
    headers = {"authorization": f"Bearer {token}"}
    assert (await api.get(EXPORT, headers=headers)).status_code == 403
    assert (await api.post(IMPORTS, content=b"", headers=headers)).status_code == 403
