"""What becomes of a product when its type changes: it fits, is converted, or does not fit. Pure."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, Literal

import msgspec

from rackhouse.platform.errors import FieldProblem

from ..errors import InvalidTypeChange
from .attribute_values import alike, says_nothing, value_of
from .attributes import NUMERIC_KINDS, Attribute
from .conversions import DoesNotFit, converted
from .problems import Problems, at, show, suggestion
from .product_types import ProductType

CONVERSIONS_MAX = 200

Policy = Literal["drop", "default"]
Fate = Literal["fits", "converted", "does_not_fit"]


class Conversion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one attribute comes about from what products say today.

    It is taken ``from_attribute`` (of another name: a renamed one), by a ``factor`` (another
    unit) or a ``mapping`` of single values; a product that says nothing gets the ``default``, if
    there is one. ``on_misfit`` says what becomes of a value that does not fit.
    """

    attribute: str
    from_attribute: str | None = None
    factor: int | float | None = None
    mapping: dict[str, Any] = {}
    default: Any = None
    on_misfit: Policy | None = None


class TypeChange(msgspec.Struct, frozen=True, kw_only=True):
    """A product type as it is, as it is to be, and the way from one to the other."""

    before: ProductType
    after: ProductType
    conversions: dict[str, Conversion]
    on_misfit: Policy | None

    def source_of(self, attribute: Attribute) -> Attribute | None:
        """The attribute that the values of one to come are taken from."""
        conversion = self.conversions.get(attribute.name)
        if conversion is not None and conversion.from_attribute is not None:
            return self.before.attribute(conversion.from_attribute)
        return None if attribute.name in self.moved() else self.before.attribute(attribute.name)

    def moved(self) -> set[str]:
        """The attributes whose values go into one of another name."""
        return {each.from_attribute for each in self.conversions.values() if each.from_attribute}

    def policy_of(self, name: str) -> Policy | None:
        """What becomes of a value of an attribute that does not fit; None refuses the change."""
        conversion = self.conversions.get(name)
        own = conversion.on_misfit if conversion is not None else None
        return own or self.on_misfit

    def default_of(self, name: str) -> Any:
        """What a product says that says nothing; None is nothing."""
        conversion = self.conversions.get(name)
        return None if conversion is None else conversion.default


class ValueChange(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute before and after; null is that nothing is said."""

    attribute: str
    before: Any
    after: Any


class ProductOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one product: which values change, and what does not fit."""

    product_id: str
    outcome: Fate
    changes: tuple[ValueChange, ...]
    problems: tuple[FieldProblem, ...]


def type_change(
    before: ProductType,
    after: ProductType,
    conversions: tuple[Conversion, ...],
    on_misfit: Policy | None,
) -> TypeChange:
    """A change of a type that makes sense in itself, whatever products there are.

    Refuses with `InvalidTypeChange`: conversions of unknown attributes, from attributes that stay,
    by a factor of what is no number, to values that the type does not know, and another unit
    without the factor that leads to it.
    """
    problems = Problems("conversions")
    change = TypeChange(
        before=before,
        after=after,
        conversions={each.attribute: each for each in conversions},
        on_misfit=on_misfit,
    )
    for index, conversion in enumerate(conversions):
        _check_conversion(conversion, change, f"conversions[{index}]", problems)
    _check_each_once(conversions, problems)
    for attribute in after.attributes:
        _check_unit(change, attribute, problems)
    if told := problems.told():
        raise InvalidTypeChange(told)
    return change


def outcome_of(
    change: TypeChange, product_id: str, attributes: Mapping[str, Any], known_ids: Container[str]
) -> tuple[ProductOutcome, dict[str, Any]]:
    """What becomes of a product with these attributes, and its attributes afterwards.

    ``known_ids`` are those of the products that ``candidates_in`` told, as far as they exist.
    """
    problems = Problems()
    values: dict[str, Any] = {}
    for attribute in change.after.attributes:
        value = _value_after(change, attribute, product_id, attributes, known_ids, problems)
        if value is not None:
            values[attribute.name] = value
    _note_losses(change, attributes, problems)
    changes = tuple(_changes(attributes, values))
    told = problems.told()
    fate: Fate = "does_not_fit" if told else "converted" if changes else "fits"
    return (
        ProductOutcome(
            product_id=product_id, outcome=fate, changes=() if told else changes, problems=told
        ),
        values,
    )


def candidates_in(change: TypeChange, attributes: Mapping[str, Any]) -> Iterator[str]:
    """What may become the id of another product, so that it can be asked whether there is one."""
    for attribute in change.after.attributes:
        source = change.source_of(attribute)
        if attribute.item_kind != "reference":
            continue
        conversion = change.conversions.get(attribute.name)
        said = attributes.get(source.name) if source is not None else None
        mapped = conversion.mapping.values() if conversion is not None else ()
        for each in (*_items(said), *mapped, change.default_of(attribute.name)):
            yield from (item.lower() for item in _items(each) if isinstance(item, str))


def _value_after(
    change: TypeChange,
    attribute: Attribute,
    product_id: str,
    attributes: Mapping[str, Any],
    known_ids: Container[str],
    problems: Problems,
) -> Any:
    """The value of one attribute, or None for none; notes what does not fit."""
    path = f"attributes.{attribute.name}"
    source = change.source_of(attribute)
    said = None if source is None else attributes.get(source.name)
    default = change.default_of(attribute.name)
    if source is None or says_nothing(said):
        if default is None and attribute.required:
            remedy = "give a default, or say it of this product first"
            problems.note(path, f"is required and this product does not say it; {remedy}")
            return None
        return _read(default, attribute, product_id, known_ids, path, problems)
    faults = Problems()
    conversion = change.conversions.get(attribute.name)
    try:
        value = converted(said, source, attribute, conversion)
        value = _read(value, attribute, product_id, known_ids, path, faults)
    except DoesNotFit as reason:
        faults.note(path, str(reason))
    if not faults.told():
        return value
    policy = change.policy_of(attribute.name)
    if policy == "default" and default is not None:
        return _read(default, attribute, product_id, known_ids, path, problems)
    if policy == "drop" and not attribute.required:
        return None
    for fault in faults.told():
        problems.note(fault.field, fault.problem)
    return None


def _read(
    value: Any,
    attribute: Attribute,
    product_id: str,
    known_ids: Container[str],
    path: str,
    problems: Problems,
) -> Any:
    if value is None:
        return None
    read = value_of(value, attribute, path, problems)
    if attribute.item_kind == "reference":
        for each in _items(read):
            if each == product_id:
                problems.note(path, "names this product itself; name another one")
            elif each not in known_ids:
                problems.note(path, f"{show(each)} is not in the catalog; add it first")
    return read


def _note_losses(change: TypeChange, attributes: Mapping[str, Any], problems: Problems) -> None:
    kept = {
        source.name
        for attribute in change.after.attributes
        if (source := change.source_of(attribute)) is not None
    }
    for name, value in attributes.items():
        if name not in kept and not says_nothing(value) and change.policy_of(name) != "drop":
            fact = f"has no place any more, so {show(value)} would be lost"
            problems.note(at("attributes", name), f"{fact}; convert it, or drop it on misfit")


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ValueChange]:
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        if not alike(old, new):
            yield ValueChange(attribute=name, before=old, after=new)


def _items(said: Any) -> tuple[Any, ...]:
    return tuple(said) if isinstance(said, (list, tuple)) else (said,)


def _check_conversion(
    conversion: Conversion, change: TypeChange, path: str, problems: Problems
) -> None:
    attribute = change.after.attribute(conversion.attribute)
    if attribute is None:
        _check_leaving(conversion, change, path, problems)
        return
    if conversion.from_attribute is not None:
        _check_source(conversion, change, path, problems)
    source = change.source_of(attribute)
    if conversion.factor is not None:
        _check_factor(conversion.factor, source, attribute, at(path, "factor"), problems)
    if conversion.default is not None:
        value_of(conversion.default, attribute, at(path, "default"), problems)
    elif conversion.on_misfit == "default":
        problems.note(at(path, "default"), "is missing, and on_misfit sets it; give one")
    if conversion.on_misfit == "drop" and attribute.required:
        remedy = "set a default instead"
        problems.note(at(path, "on_misfit"), f"{attribute.name!r} is required; {remedy}")
    for said, value in conversion.mapping.items():
        single = msgspec.structs.replace(attribute, kind=attribute.item_kind, of=None)
        if attribute.kind != "range":
            value_of(value, single, at(path, f"mapping.{said}"), problems)


def _check_leaving(
    conversion: Conversion, change: TypeChange, path: str, problems: Problems
) -> None:
    """A conversion of an attribute that goes can only let its values be dropped."""
    name = conversion.attribute
    if change.before.attribute(name) is None:
        known = [each.name for each in (*change.after.attributes, *change.before.attributes)]
        problems.note(at(path, "attribute"), f"{name!r} is not known; {suggestion(name, known)}")
    elif conversion != Conversion(attribute=name, on_misfit="drop"):
        problems.note(at(path, "attribute"), f"{name!r} goes; its values can only be dropped")


def _check_source(
    conversion: Conversion, change: TypeChange, path: str, problems: Problems
) -> None:
    path, name = at(path, "from_attribute"), conversion.from_attribute or ""
    known = [each.name for each in change.before.attributes]
    if name not in known:
        problems.note(path, f"{name!r} is not an attribute now; {suggestion(name, known)}")


def _check_each_once(conversions: tuple[Conversion, ...], problems: Problems) -> None:
    for field in ("attribute", "from_attribute"):
        seen: set[str] = set()
        for index, conversion in enumerate(conversions):
            name = getattr(conversion, field)
            if name is not None and name in seen:
                path = f"conversions[{index}].{field}"
                problems.note(path, f"{name!r} is in an earlier conversion; keep one of them")
            seen.add(name)


def _check_factor(
    factor: float,
    source: Attribute | None,
    attribute: Attribute,
    path: str,
    problems: Problems,
) -> None:
    if source is None or source.bounded_kind not in NUMERIC_KINDS:
        problems.note(path, "is for numbers, which there are none of now; leave it out")
    elif attribute.bounded_kind not in NUMERIC_KINDS:
        problems.note(path, f"does not lead to kind {attribute.kind!r}; leave it out")
    elif factor == 0 or factor != factor or factor in (float("inf"), float("-inf")):
        problems.note(path, f"{show(factor)} loses every value; write one such as 1000")


def _check_unit(change: TypeChange, attribute: Attribute, problems: Problems) -> None:
    """Numbers in another unit are other numbers: somebody has to say by which factor."""
    source = change.source_of(attribute)
    conversion = change.conversions.get(attribute.name)
    if (
        source is not None
        and source.unit is not None
        and attribute.unit is not None
        and source.unit != attribute.unit
        and (conversion is None or conversion.factor is None)
    ):
        fact = f"the unit changes from {source.unit} to {attribute.unit}"
        remedy = "convert it by a factor (1 keeps the numbers)"
        problems.note(f"attributes.{attribute.name}", f"{fact}; {remedy}")
