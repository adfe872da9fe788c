"""The sellable forms of a product, and the bundles made of other SKUs."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .plain_values import integer_of, items_of, optional_text, table_of, text_of
from .problems import Problems, at, show

SKU_LENGTH_MAX = 64
VARIANTS_MAX = 1_000
VARIANT_NAME_LENGTH_MAX = 200
OPTIONS_MAX = 10
OPTION_VALUE_LENGTH_MAX = 100
BARCODE_LENGTH_MAX = 64
COMPONENTS_MAX = 50
COMPONENT_QUANTITY_MAX = 1_000
PRICE_MINOR_MAX = 10**12

_SKU_FORBIDDEN = re.compile(r"[@/]")
_OPTION_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """How many of another SKU one bundle takes."""

    sku: str
    quantity: int


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One sellable form of a product. With components it is a bundle: it takes their stock."""

    sku: str
    name: str | None = None
    options: dict[str, str] = {}
    barcode: str | None = None
    price_minor: int | None = None
    components: tuple[Component, ...] = ()

    @property
    def is_bundle(self) -> bool:
        """Whether it is made of other SKUs."""
        return bool(self.components)


def variants_of(value: Any, problems: Problems) -> tuple[Variant, ...]:
    """The variants of a draft; notes what is wrong with each, and with them together."""
    items = items_of(value, "variants", problems, most=VARIANTS_MAX)
    variants = tuple(
        _variant_of(item, f"variants[{index}]", problems) for index, item in enumerate(items)
    )
    if len(variants) > 1:
        _check_variants_differ(variants, problems)
    if any(variant.components for variant in variants):
        _check_bundles_are_flat(variants, problems)
    return variants


def sku_of(value: Any, path: str, problems: Problems) -> str:
    """A SKU: printable, without spaces at its ends, '@' or '/', at most ``SKU_LENGTH_MAX`` long."""
    if not isinstance(value, str) or not value:
        problems.note(path, f"{show(value)} is not a SKU; write it as text")
    elif len(value) > SKU_LENGTH_MAX:
        problems.note(path, f"has {len(value)} characters; shorten it to {SKU_LENGTH_MAX}")
    elif value != value.strip():
        problems.note(path, f"{show(value)} has spaces at its ends; take them out")
    elif not value.isprintable():
        problems.note(
            path, f"{show(value)} holds characters that can not be printed; take them out"
        )
    elif _SKU_FORBIDDEN.search(value):
        problems.note(
            path, f"{show(value)} holds '@' or '/', which join a SKU to its place; use '-'"
        )
    else:
        return value
    return ""


def _variant_of(value: Any, path: str, problems: Problems) -> Variant:
    draft = table_of(value, path, problems)
    problems.note_unknown(path, draft, Variant.__struct_fields__)
    price = draft.get("price_minor")
    if price is not None:
        price = integer_of(price, at(path, "price_minor"), problems, least=0, most=PRICE_MINOR_MAX)
    return Variant(
        sku=sku_of(draft.get("sku"), at(path, "sku"), problems),
        name=optional_text(
            draft.get("name"), at(path, "name"), problems, max_length=VARIANT_NAME_LENGTH_MAX
        ),
        options=_options_of(draft.get("options"), at(path, "options"), problems),
        barcode=_barcode_of(draft.get("barcode"), at(path, "barcode"), problems),
        price_minor=price,
        components=_components_of(draft.get("components"), at(path, "components"), problems),
    )


def _options_of(value: Any, path: str, problems: Problems) -> dict[str, str]:
    draft = table_of(value, path, problems)
    if len(draft) > OPTIONS_MAX:
        problems.note(path, f"has {len(draft)} options; keep at most {OPTIONS_MAX}")
        return {}
    options = {}
    for name, chosen in draft.items():
        if not isinstance(name, str) or not _OPTION_NAME.fullmatch(name):
            problems.note(path, f"{show(name)} is not a name; use small letters, digits and '_'")
            continue
        options[name] = text_of(
            chosen, at(path, name), problems, max_length=OPTION_VALUE_LENGTH_MAX
        )
    return options


def _barcode_of(value: Any, path: str, problems: Problems) -> str | None:
    barcode = optional_text(value, path, problems, max_length=BARCODE_LENGTH_MAX)
    if barcode and not barcode.isprintable():
        problems.note(
            path, f"{show(barcode)} holds characters that can not be printed; take them out"
        )
    return barcode


def _components_of(value: Any, path: str, problems: Problems) -> tuple[Component, ...]:
    components: list[Component] = []
    for index, item in enumerate(items_of(value, path, problems, most=COMPONENTS_MAX)):
        component = _component_of(item, f"{path}[{index}]", problems)
        if any(earlier.sku == component.sku for earlier in components):
            problems.note(
                f"{path}[{index}].sku", f"{component.sku!r} is listed twice; add up the quantities"
            )
        components.append(component)
    return tuple(components)


def _component_of(value: Any, path: str, problems: Problems) -> Component:
    draft: Mapping[str, Any] = table_of(value, path, problems)
    problems.note_unknown(path, draft, Component.__struct_fields__)
    quantity = integer_of(
        draft.get("quantity"), at(path, "quantity"), problems, least=1, most=COMPONENT_QUANTITY_MAX
    )
    return Component(sku=sku_of(draft.get("sku"), at(path, "sku"), problems), quantity=quantity)


def _check_variants_differ(variants: tuple[Variant, ...], problems: Problems) -> None:
    first_with_sku: dict[str, int] = {}
    first_with_form: dict[tuple[Any, ...], int] = {}
    for index, variant in enumerate(variants):
        earlier = first_with_sku.setdefault(variant.sku, index)
        if earlier != index and variant.sku:
            problems.note(
                f"variants[{index}].sku",
                f"{variant.sku!r} is that of variants[{earlier}]; give it its own",
            )
        form = (variant.name, *sorted(variant.options.items()))
        earlier = first_with_form.setdefault(form, index)
        if earlier != index:
            problems.note(
                f"variants[{index}].options",
                f"are those of variants[{earlier}]; say how they differ",
            )


def _check_bundles_are_flat(variants: tuple[Variant, ...], problems: Problems) -> None:
    bundles = {variant.sku: variant for variant in variants if variant.components}
    for index, variant in enumerate(variants):
        for place, component in enumerate(variant.components):
            if component.sku in bundles:
                circle = _circle_of(variant.sku, component.sku, bundles)
                problems.note(
                    f"variants[{index}].components[{place}].sku",
                    circle_problem(circle) if circle else nested_problem(component.sku),
                )


def nested_problem(sku: str) -> str:
    """What is wrong with a bundle as a component."""
    return f"{sku!r} is itself a bundle, and bundles have one level; list what it is made of"


def circle_problem(circle: Sequence[str]) -> str:
    """What is wrong with a bundle that would contain itself: the way from it back to it."""
    way = " > ".join(circle)
    return f"{circle[0]!r} would contain itself ({way}); bundles have one level, of plain SKUs"


def _circle_of(sku: str, component: str, bundles: Mapping[str, Variant]) -> list[str]:
    """The shortest way from a SKU over one of its components back to it; empty if there is none."""
    ways, seen = [[sku, component]], {component}
    for way in ways:
        if way[-1] == sku:
            return way
        made_of = bundles[way[-1]].components if way[-1] in bundles else ()
        following = [each.sku for each in made_of if each.sku not in seen]
        seen.update(following)
        ways.extend([*way, each] for each in following)
    return []
