"""Forms: read, and believed only where they come from a page that this visitor was shown."""

import hmac
from urllib.parse import urlsplit

from examples.storefront.answers import AnyRequest, FormRefused, shop_of

__all__ = ["form_of"]

FIELDS_MAX = 30
FIELD_LENGTH_MAX = 2000


async def form_of(request: AnyRequest) -> dict[str, str]:
    """The fields of a form; refuses with `FormRefused` what another site sent, or what does not
    carry the token of this visitor."""
    _, visitor = shop_of(request)
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise FormRefused()
    data = await request.form()
    fields = {name: value for name, value in data.items() if isinstance(value, str)}
    if len(fields) > FIELDS_MAX or any(len(each) > FIELD_LENGTH_MAX for each in fields.values()):
        raise FormRefused()
    if not hmac.compare_digest(fields.get("form", "").encode(), visitor.form_token.encode()):
        raise FormRefused()
    return fields
