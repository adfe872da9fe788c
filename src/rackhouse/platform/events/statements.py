"""Every SQL statement of an event log, with ``{schema}`` for the module whose log it is."""

from typing import LiteralString

APPEND: LiteralString = """
    with appended as (
        insert into {schema}.event
            (stream, version, type, data, actor, channel, correlation_id, recorded_at, hash)
        select stream, version, type, data, actor, channel, correlation_id, recorded_at, hash
        from json_to_recordset(%(events)s::json) as new (
            stream text, version bigint, type text, data json, actor text, channel text,
            correlation_id text, recorded_at timestamptz, hash bytea))
    select pg_notify('rackhouse_{schema}', '')
"""
COLUMNS: LiteralString = """
    transaction_id::text::bigint, position, stream, version, type, data::text, actor, channel,
    correlation_id, recorded_at, hash
"""
HEADS: LiteralString = """
    select asked.name, newest.hash
    from jsonb_array_elements_text(%(streams)s::jsonb) as asked (name)
    cross join lateral (
        select hash from {schema}.event
        where stream = asked.name order by version desc limit 1) as newest
"""
HASHES: LiteralString = """
    select stream, hash
    from jsonb_to_recordset(%(places)s::jsonb) as asked (stream text, version bigint)
    join {schema}.event using (stream, version)
"""
READ: LiteralString = (
    "select"
    + COLUMNS
    + """
    from {schema}.event
    where (transaction_id, position) > (%(transaction_id)s::text::xid8, %(position)s::bigint)
      and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    order by event.transaction_id, event.position
    limit %(limit)s
"""
)
READ_STREAMS: LiteralString = (
    "select"
    + COLUMNS
    + """
    from unnest(%(streams)s::text[]) as asked (name)
    cross join lateral (
        select * from {schema}.event
        where stream = asked.name
          and (recorded_at, position) < (
              coalesce(%(recorded_before)s::timestamptz, 'infinity'),
              coalesce(%(position_before)s::bigint, 9223372036854775807))
        order by version desc
        limit %(limit)s) as newest
    order by recorded_at desc, position desc
    limit %(limit)s
"""
)
HORIZON: LiteralString = """
    select
        coalesce((
            select transaction_id::text::bigint from {schema}.event
            where transaction_id < pg_snapshot_xmin(pg_current_snapshot())
            order by event.transaction_id desc, event.position desc limit 1), 0),
        coalesce((
            select position from {schema}.event
            where transaction_id < pg_snapshot_xmin(pg_current_snapshot())
            order by event.transaction_id desc, event.position desc limit 1), 0)
"""
UNSETTLED: LiteralString = """
    select exists (
        select from {schema}.event where transaction_id >= pg_snapshot_xmin(pg_current_snapshot()))
"""
LINKS: LiteralString = """
    transaction_id::text::bigint, position, hash, recorded_at::text, stream, version, type,
    data::text, actor, channel, correlation_id
"""
READ_LINKS: LiteralString = (
    "select"
    + LINKS
    + """
    from {schema}.event
    where (transaction_id, position) > (%(after_transaction)s::text::xid8, %(after)s::bigint)
      and (transaction_id, position) <= (%(until_transaction)s::text::xid8, %(until)s::bigint)
    order by event.transaction_id, event.position
    limit %(limit)s
"""
)
READ_LINKS_OF_STREAM: LiteralString = (
    "select"
    + LINKS
    + """
    from {schema}.event
    where stream = %(stream)s and version > %(after_version)s
    order by version, position
    limit %(limit)s
"""
)
READ_GROWTH: LiteralString = """
    select transaction_id::text::bigint, position, stream, version, hash
    from {schema}.event
    where (transaction_id, position) > (%(after_transaction)s::text::xid8, %(after)s::bigint)
      and (transaction_id, position) <= (%(until_transaction)s::text::xid8, %(until)s::bigint)
    order by event.transaction_id, event.position
    limit %(limit)s
"""
LAST_BEFORE: LiteralString = """
    select transaction_id::text::bigint, position from {schema}.event
    where recorded_at < %(time)s
      and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    order by event.transaction_id desc, event.position desc
    limit 1
"""
COUNT_AFTER: LiteralString = """
    select count(*), min(recorded_at)
    from (
        select recorded_at from {schema}.event
        where (transaction_id, position) > (%(transaction_id)s::text::xid8, %(position)s::bigint)
          and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        order by event.transaction_id, event.position
        limit %(limit)s) as following
"""
AHEAD: LiteralString = """
    select stream, version from {schema}.event
    where transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
    order by event.transaction_id, event.position
    limit %(limit)s
"""
BEHIND: LiteralString = """
    select coalesce(greatest(0, 1
        + (select transaction_id::text::bigint from {schema}.event
           order by event.transaction_id desc, event.position desc limit 1)
        - pg_snapshot_xmax(pg_current_snapshot())::text::bigint), 0)
"""
# Transactions that have a number and do nothing: one after the other, and none waits for the disk.
BEGIN_TRANSACTIONS: LiteralString = """
    do $$ begin
        for _ in 1 .. 500000 loop
            perform pg_current_xact_id();
            commit;
        end loop;
    end $$
"""
