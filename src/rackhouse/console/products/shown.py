"""Fields, as a page shows them. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.console.form_ids import field_id

__all__ = ["Choice", "Field", "LanguageRow", "Row", "Wrong", "marked"]

Choice = tuple[str, str]
Wrong = Mapping[str, Sequence[str]]


class LanguageRow(msgspec.Struct, frozen=True):
    """One language of a localized text. That of the default language is ``fixed``."""

    name: str
    language: str
    text: str
    fixed: bool


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field: its control, what stands in it, and what is wrong with that."""

    name: str
    label: str
    control: str
    values: tuple[str, ...] = ()
    required: bool = False
    hint: str = ""
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    languages: tuple[LanguageRow, ...] = ()
    numeric: bool = False
    searched: bool = False
    most: int | None = None
    wrong: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """The one text that stands in it."""
        return self.values[0] if self.values else ""

    @property
    def id(self) -> str:
        """What it is called in the page."""
        return field_id(self.name)


class Row(msgspec.Struct, frozen=True):
    """Fields that belong together: a variant, or a medium. ``kept`` is what it has no field for."""

    name: str
    title: str
    fields: tuple[Field, ...]
    kept: str
    is_blank: bool

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong in it."""
        return any(each.wrong for each in self.fields)


def marked(field: Field, wrong: Wrong) -> Field:
    """A field with what is wrong with it."""
    told = wrong.get(field.name)
    return msgspec.structs.replace(field, wrong=tuple(told)) if told else field
