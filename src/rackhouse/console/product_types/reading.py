"""Product types as forms, and forms as drafts of types and conversions of their products. Pure."""

import re
from typing import Any

import msgspec

from rackhouse.catalog import Attribute, Conversion, ProductType
from rackhouse.console.products.rows import row_count
from rackhouse.console.products.texts import Form, lines_in, lines_text, one, text_of
from rackhouse.platform.errors import FieldProblem

__all__ = ["FLAGS", "SubmittedType", "form_of_type", "in_form", "kind_text", "type_in"]

FLAGS = ("required", "searchable", "filterable", "facet", "sortable")
PLAIN = ("name", "title", "unit", "default_language")
POLICIES = ("drop", "default")

_WHOLE = re.compile(r"[+-]?\d{1,16}")
_NUMBER = re.compile(r"[+-]?\d{1,16}\.\d{1,16}")
_IN_CONVERSION = re.compile(r"conversions\[(\d+)\]\.?(.*)")


class SubmittedType(msgspec.Struct, frozen=True):
    """A type as a form defines it, how its products get there, and what in the form says neither.
    ``rows`` are the rows that the conversions come from."""

    definition: dict[str, Any]
    conversions: tuple[Conversion, ...]
    rows: tuple[int, ...]
    on_misfit: Any
    problems: tuple[FieldProblem, ...]


def form_of_type(product_type: ProductType) -> dict[str, list[str]]:
    """A product type as the fields of its form."""
    form = {name: [getattr(product_type, name)] for name in ("name", "title", "collection")}
    for index, each in enumerate(product_type.attributes):
        row = f"attributes[{index}]"
        form |= {f"{row}.{name}": [getattr(each, name) or ""] for name in PLAIN}
        form |= {f"{row}.{flag}": ["yes"] for flag in FLAGS if getattr(each, flag)}
        form |= {
            f"{row}.{bound}": [text_of(getattr(each, bound))]
            for bound in ("minimum", "maximum", "max_length")
            if getattr(each, bound) is not None
        }
        form[f"{row}.kind"] = [kind_text(each)]
        form[f"{row}.values"] = [lines_text(each.values)]
        form[f"{row}.was"] = [each.name]
    return form


def type_in(form: Form, name: str | None) -> SubmittedType:
    """What a form without blank rows says of the type of a name; None is a new one."""
    problems: list[FieldProblem] = []
    count = row_count(form, "attributes")
    attributes = [_attribute(form, f"attributes[{index}]") for index in range(count)]
    found = [
        (index, conversion)
        for index, attribute in enumerate(attributes)
        if (conversion := _conversion(form, f"attributes[{index}]", attribute, problems))
    ]
    policy = one(form, "on_misfit")
    return SubmittedType(
        definition={
            "name": name or one(form, "name").strip(),
            "title": one(form, "title").strip(),
            "collection": one(form, "collection").strip(),
            "attributes": attributes,
        },
        conversions=tuple(conversion for _, conversion in found),
        rows=tuple(index for index, _ in found),
        on_misfit=policy if policy in POLICIES else None,
        problems=tuple(problems),
    )


def in_form(problem: FieldProblem, submitted: SubmittedType) -> FieldProblem:
    """What is wrong with a definition or a conversion, at the field of the form that says it."""
    found = _IN_CONVERSION.fullmatch(problem.field)
    if found is not None and int(found[1]) < len(submitted.rows):
        row = f"attributes[{submitted.rows[int(found[1])]}]"
        part = {"from_attribute": "name", "attribute": "name", "": "name"}.get(found[2], found[2])
        return FieldProblem(f"{row}.{part}", problem.problem)
    kind, _, name = problem.field.partition(".")
    names = [each["name"] for each in submitted.definition["attributes"]]
    if kind == "attributes" and name in names:
        row = f"attributes[{names.index(name)}]"
        return FieldProblem(f"{row}.{_part_meant(problem.problem)}", problem.problem)
    return FieldProblem(problem.field.replace(".of", ".kind"), problem.problem)


def kind_text(attribute: Attribute) -> str:
    """The kind of an attribute as one choice: of a list or a range with what it is made of."""
    return f"{attribute.kind}:{attribute.of}" if attribute.of else attribute.kind


def _part_meant(problem: str) -> str:
    return "factor" if problem.startswith("the unit changes") else "name"


def _attribute(form: Form, row: str) -> dict[str, Any]:
    kind, _, of = one(form, f"{row}.kind").partition(":")
    draft: dict[str, Any] = {
        name: one(form, f"{row}.{name}").strip() for name in PLAIN if one(form, f"{row}.{name}")
    }
    draft |= {flag: True for flag in FLAGS if one(form, f"{row}.{flag}")}
    for bound in ("minimum", "maximum", "max_length"):
        if text := one(form, f"{row}.{bound}").strip():
            draft[bound] = _number(text)
    values = lines_in(one(form, f"{row}.values"))
    draft |= {"values": values} if values else {}
    return {"name": "", "title": "", **draft, "kind": kind or "text", **({"of": of} if of else {})}


def _conversion(
    form: Form, row: str, attribute: dict[str, Any], problems: list[FieldProblem]
) -> Conversion | None:
    was, name = one(form, f"{row}.was").strip(), attribute["name"]
    factor = _number(one(form, f"{row}.factor").strip())
    if isinstance(factor, str) and factor:
        told = f"{factor!r} is not a number; write one such as 1000"
        problems.append(FieldProblem(f"{row}.factor", told))
    said = {
        "from_attribute": was if was and was != name else None,
        "factor": factor if isinstance(factor, int | float) else None,
        "mapping": _mapping(one(form, f"{row}.mapping"), f"{row}.mapping", problems),
        "default": _default(one(form, f"{row}.default"), attribute),
    }
    if not name or not any(value not in (None, {}) for value in said.values()):
        return None
    return Conversion(attribute=name, **said)


def _mapping(text: str, path: str, problems: list[FieldProblem]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for line in lines_in(text):
        before, sign, after = (part.strip() for part in line.partition("="))
        if not sign or not before or not after:
            problems.append(FieldProblem(path, f"{line!r}: write it as crimson = red"))
        mapping[before] = after
    return mapping


def _default(text: str, attribute: dict[str, Any]) -> Any:
    lines = [_read(line, attribute.get("of") or attribute["kind"]) for line in lines_in(text)]
    if attribute["kind"] == "list":
        return lines or None
    if attribute["kind"] == "range":
        ends = dict(zip(("from", "to"), lines, strict=False))
        return ends or None
    return lines[0] if lines else None


def _read(text: str, kind: str) -> Any:
    if kind == "boolean":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    return _number(text) if kind in ("number", "integer") else text


def _number(text: str) -> Any:
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
