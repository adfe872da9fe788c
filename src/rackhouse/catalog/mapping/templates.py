"""Templates such as ``"{Country} {Region}"``: text with the columns of a row in braces."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class BrokenTemplate(Exception):
    """A template that can not be read. The mapping file's reader turns it into a refusal."""


class Template(msgspec.Struct, frozen=True):
    """Constant pieces and columns in turn: ``pieces[0] + columns[0] + pieces[1] + ...``. Where the
    template is nothing but one column, ``alone`` is its name."""

    pieces: tuple[str, ...]
    columns: tuple[str, ...]
    alone: str | None

    def fill(self, values: Mapping[str, Any]) -> Any:
        """What the template says of a row. One column alone is given as it stands; otherwise text,
        or None where the template has columns and all of them are empty."""
        if self.alone is not None:
            return values.get(self.alone)
        told = [plain_text(values.get(column)) for column in self.columns]
        if told and not any(told):
            return None
        filled = [self.pieces[0]]
        for text, piece in zip(told, self.pieces[1:], strict=True):
            filled += (text, piece)
        return "".join(filled)


def read_template(text: str) -> Template:
    """The template written as ``text``; ``{{`` and ``}}`` are braces themselves."""
    pieces, columns, start = [""], [], 0
    for match in _PLACEHOLDER.finditer(text):
        pieces[-1] += text[start : match.start()]
        start = match.end()
        column = match[1]
        if match[0] in ("{{", "}}"):
            pieces[-1] += match[0][0]
        elif not column:
            raise BrokenTemplate(f"{text!r} has a brace without a column; write {{Column}} or {{{{")
        else:
            columns.append(column)
            pieces.append("")
    pieces[-1] += text[start:]
    alone = columns[0] if pieces == ["", ""] else None
    return Template(pieces=tuple(pieces), columns=tuple(columns), alone=alone)


def plain_text(value: Any) -> str:
    """A cell as text, each run of spaces as one."""
    if isinstance(value, str):
        return " ".join(value.split())
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
