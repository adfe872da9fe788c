"""Pictures, drawn from what a product says of itself, for products that have no photograph."""

from examples.storefront.pictures.drawing import picture_of

__all__ = ["picture_of"]
