"""Answers that hold a secret: remembered for retries like any other, but encrypted."""

import base64
import datetime

from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import (
    AnsweredBefore,
    IdempotencyKey,
    Rendered,
    claim,
    remember,
)

__all__ = ["claim_sealed", "remember_sealed"]

LABEL = "sealed-answer"


async def claim_sealed(tx: Transaction, house: House, key: IdempotencyKey | None) -> None:
    """``claim``, where the remembered answer holds a secret."""
    try:
        await claim(tx, key)
    except AnsweredBefore as before:
        sealed = base64.b64decode(before.answer.body)
        body = house.secrets.open(sealed, label=LABEL).decode()
        raise AnsweredBefore(Rendered(before.answer.status, body)) from None


async def remember_sealed(
    tx: Transaction,
    house: House,
    key: IdempotencyKey | None,
    answer: object,
    *,
    answered_at: datetime.datetime,
) -> None:
    """Write down the answer to a key that ``claim_sealed`` claimed, if there is one."""
    if key is None:
        return
    rendered = key.render(answer)
    sealed = house.secrets.seal(rendered.body.encode(), label=LABEL)
    text = base64.b64encode(sealed).decode()
    await remember(tx, [(key, Rendered(rendered.status, text))], answered_at=answered_at)
