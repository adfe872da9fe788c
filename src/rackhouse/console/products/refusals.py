"""Refusals of the catalog as problems of fields, so that they stand where they can be mended."""

from rackhouse.catalog import InvalidProduct, ProductExists, SkuInBundle, SkuTaken
from rackhouse.console.products.rows import row_count
from rackhouse.console.products.texts import Form, one
from rackhouse.platform.errors import FieldProblem, Refusal, StaleVersion

__all__ = ["in_people_s_words", "problems_of"]

ANYWHERE = "product"
CHANGED_MEANWHILE = "Somebody else changed it meanwhile. Look at it again, then decide."


def problems_of(refusal: Refusal, form: Form) -> tuple[FieldProblem, ...]:
    """What a refusal says of the fields of a form; of the whole where it names none."""
    told = str(refusal)
    match refusal:
        case InvalidProduct():
            return refusal.problems
        case ProductExists():
            return (FieldProblem("id", told),)
        case SkuTaken() | SkuInBundle():
            return (FieldProblem(_field_of_sku(form, refusal.sku), told),)
        case _:
            return (FieldProblem(ANYWHERE, told),)


def in_people_s_words(refusal: Refusal | None) -> str | None:
    """Why something was not done; whose version is stale has sent no header that could be named."""
    if isinstance(refusal, StaleVersion):
        return CHANGED_MEANWHILE
    return None if refusal is None else str(refusal)


def _field_of_sku(form: Form, sku: str) -> str:
    names = (f"variants[{index}].sku" for index in range(row_count(form, "variants")))
    return next((name for name in names if one(form, name).strip() == sku), ANYWHERE)
