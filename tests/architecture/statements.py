"""The SQL of the house: where it stands, and every statement that is sent."""

import ast
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import psycopg
from psycopg.pq import ExecStatus
from sources import Source, docstrings

# Besides the stores: what the log, the migrations (the job queue's among them) and the embedded
# server say to PostgreSQL. LISTEN may stand anywhere: it reads no table, and belongs to a
# connection instead of a transaction.
SQL_MAY_STAND_IN = (
    "rackhouse.platform.events",
    "rackhouse.platform.migrations",
    "rackhouse.platform.postgres",
    "rackhouse.worker.queue_schema",
)
# The place of the statement among the arguments of each verb of a transaction.
VERBS = {"one": 1, "maybe": 1, "all": 1, "rows": 0, "run": 0, "send": 0}

_SQL = re.compile(
    r"""\s*(
        select\s+\S.*(\sfrom\s|\() | insert\s+into\s | update\s+\S+(\s+\w+)?\s+set\s
        | delete\s+from\s | with\s+\w+\s+(as|\() | lock\s+table\s | truncate\s+\S
        | (create|alter|drop)\s+(table|schema|index|database|role|view|function)\s
        | set\s+(local\s+)?\w+\s*(=|to)\s
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_PARAMETER = re.compile(r"%\((\w+)\)s|%(%)")


class Statement(NamedTuple):
    """One statement, where it is sent from, and the module that sends it."""

    place: str
    module: str
    text: str


def sql_out_of_place(sources: Iterable[Source]) -> list[str]:
    """String literals that look like SQL outside of where SQL may stand."""
    return [
        f"{source.path}:{line} says {text.split()[:4]}"
        for source in sources
        if not source.is_store and not _may_hold_sql(source)
        for line, text in _strings(source)
        if _SQL.match(text)
    ]


def statements_of(source: Source, names: Mapping[str, object]) -> list[Statement]:
    """Every statement that a store sends. ``names`` are the store's own, for its constants."""
    found = []
    for node in ast.walk(source.tree):
        call = node if isinstance(node, ast.Call) else None
        if call is None or not _is_sent(call):
            continue
        assert isinstance(call.func, ast.Attribute)
        expression = call.args[VERBS[call.func.attr]]
        place = f"{source.path}:{expression.lineno}"
        found.append(Statement(place, source.part, _literal(expression, names, place)))
    return found


def statements_of_stores(sources: Iterable[Source]) -> list[Statement]:
    """Every statement of every store."""
    stores = [source for source in sources if source.is_store]
    return [
        statement
        for source in stores
        for statement in statements_of(source, vars(importlib.import_module(source.module)))
    ]


def unpreparable(
    connection: psycopg.Connection[tuple[object, ...]], statements: Iterable[Statement]
) -> list[str]:
    """Statements that PostgreSQL does not accept on the schema that is there."""
    return list(filter(None, (_refused(connection, statement) for statement in statements)))


def foreign(statements: Iterable[Statement], schemas: Iterable[str]) -> list[str]:
    """Statements that name another schema than their module's own."""
    known = set(schemas)
    return [
        f"{each.place} of {each.module} names {', '.join(sorted(others))}"
        for each in statements
        if (others := (_qualifiers(each.text) & known) - {each.module})
    ]


def as_prepared(text: str) -> str:
    """A statement with psycopg's named parameters as PostgreSQL's numbered ones."""
    numbers: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        name = found.group(1)
        return "%" if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

    return _PARAMETER.sub(numbered, text)


def _may_hold_sql(source: Source) -> bool:
    return any(
        source.module == each or source.module.startswith(each + ".") for each in SQL_MAY_STAND_IN
    )


def _strings(source: Source) -> Iterator[tuple[int, str]]:
    tree = source.tree
    told = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def _is_sent(call: ast.Call) -> bool:
    called = call.func
    return (
        isinstance(called, ast.Attribute)
        and called.attr in VERBS
        and ast.unparse(called.value).split(".")[-1].lstrip("_") == "tx"
        and len(call.args) > VERBS[called.attr]
    )


def _literal(expression: ast.expr, names: Mapping[str, object], place: str) -> str:
    code = compile(ast.Expression(expression), place, "eval")
    try:
        text = eval(code, dict(names))
    except NameError as error:
        raise AssertionError(f"{place}: the statement is not a literal: {error}") from error
    assert isinstance(text, str), f"{place}: the statement is not text"
    return text


def _qualifiers(text: str) -> set[str]:
    return {
        name.lower() for name in re.findall(r"\b([a-z_]+)\s*\.\s*[\"a-z_]", text, re.IGNORECASE)
    }


def _refused(
    connection: psycopg.Connection[tuple[object, ...]], statement: Statement
) -> str | None:
    answer = connection.pgconn.prepare(b"", as_prepared(statement.text).encode())
    if answer.status == ExecStatus.COMMAND_OK:
        return None
    return f"{statement.place}: {answer.get_error_message()}"
