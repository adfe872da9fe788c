"""The scene of a round: fresh products, locations and channels, and tokens for its clients."""

import time
from typing import Any

import msgspec

from houses import context_of
from isolation.history import Scene
from isolation.plans import Plan
from rackhouse.catalog import create_product
from rackhouse.channels import Terms, open_channel
from rackhouse.identity.rules import ROLES
from rackhouse.identity.tokens import ACCESS, LOCAL_CLIENT, new_claims, sign
from rackhouse.inventory import open_location
from rackhouse.platform.house import House

__all__ = ["staged", "token_for"]

# Valid for clocks that are wrong by hours.
TOKEN_MARGIN_SECONDS = 43_200


def scene_of(plan: Plan, mark: str) -> Scene:
    """The scene of a plan: its bundle is made of one of the first SKU and two of the second; each
    channel begins with another location, and the last of several sells from one alone."""
    names = tuple(f"S{number}-{mark}" for number in range(plan.groups * plan.skus))
    places = tuple(f"p{number}-{mark}" for number in range(plan.locations))
    sells = {}
    for number in range(plan.channels):
        first = number % plan.locations
        served = places[first:] + places[:first]
        is_last = 0 < number == plan.channels - 1
        sells[f"ch{number}-{mark}"] = served[:1] if is_last else served
    bundles = {f"B-{mark}": {names[0]: 1, names[1]: 2}} if plan.bundle else {}
    return Scene(skus=names, bundles=bundles, locations=places, channels=sells)


async def staged(house: House, plan: Plan, *, mark: str) -> Scene:
    """Open the scene of a plan with fresh ids."""
    scene = scene_of(plan, mark)
    names, bundles = scene.skus, scene.bundles
    context = context_of(house)
    variants: list[dict[str, Any]] = [{"sku": sku, "options": {"of": sku}} for sku in names]
    variants += [
        {
            "sku": sku,
            "options": {"of": sku},
            "components": [{"sku": each, "quantity": count} for each, count in parts.items()],
        }
        for sku, parts in bundles.items()
    ]
    draft = {"id": f"isolation-{mark}", "type": "goods", "name": mark, "variants": variants}
    await create_product(context=context, draft={**draft, "attributes": {}})
    for place in scene.locations:
        await open_location(context=context, location=place, name=place, kind="warehouse")
    for channel, served in scene.channels.items():
        terms = Terms(name=channel, kind="web_shop", locations=served, enabled=True)
        await open_channel(context=context, channel_id=channel, terms=terms)
    return scene


async def token_for(house: House, name: str) -> str:
    """A token that is valid whatever the time is on the process that looks at it."""
    claims = new_claims(
        house,
        ACCESS,
        subject=name,
        client_id=LOCAL_CLIENT,
        roles=("operator",),
        scope=" ".join(sorted(ROLES["operator"])),
        channel=None,
        customer_id=None,
        ttl_seconds=TOKEN_MARGIN_SECONDS,
    )
    begins_at = int(time.time()) - TOKEN_MARGIN_SECONDS
    return await sign(house, ACCESS, msgspec.structs.replace(claims, iat=begins_at, nbf=begins_at))
