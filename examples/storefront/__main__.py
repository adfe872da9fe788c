"""``python -m examples.storefront``: open the shop, beside a house that is running."""

import os
import sys

import httpx
import uvicorn

from examples.storefront.app import build_shop
from examples.storefront.settings import join, settings_from

__all__ = ["main"]


def main() -> None:
    """Join the house if a token of its staff is given, and serve until Ctrl-C."""
    settings, place = settings_from()
    staff_token = os.environ.get("SHOP_STAFF_TOKEN")
    if staff_token:
        try:
            settings = join(settings, place, staff_token)
        except httpx.TransportError as error:
            raise SystemExit(
                f"No house answers at {settings.rackhouse} ({error}): start it with `make run`."
            ) from error
        except httpx.HTTPStatusError as error:
            raise SystemExit(
                f"The house gives no credentials for the channel {settings.channel}: "
                f"{error.response.text}"
            ) from error
    if settings.client_id is None:
        raise SystemExit("The shop has no credentials: `make shop` gets some, or see its guide.")
    sys.stdout.write(f"The shop is open: http://{settings.host}:{settings.port}/\n")
    uvicorn.run(
        build_shop(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
