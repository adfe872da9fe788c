"""Reporting: sales that were made before Rackhouse heard of them, until each is answered."""

import random
from collections.abc import Callable

import msgspec

from rackhouse.simulation.books import Sale
from rackhouse.simulation.network import Client, GaveUp
from rackhouse.simulation.stage import Stage

__all__ = ["Reporter"]

OK = 200
REPORTED_AT_ONCE = 20


class _Outcome(msgspec.Struct, frozen=True):
    external_id: str
    status: str
    order_id: str | None = None


class _Outcomes(msgspec.Struct, frozen=True):
    sales: list[_Outcome]


class Reporter:
    """One channel's receipts. ``number_of`` gives the number under which a sale is reported."""

    def __init__(
        self,
        stage: Stage,
        channel: str,
        client: Client,
        chance: random.Random,
        number_of: Callable[[Sale], str] = lambda sale: sale.external_id,
    ) -> None:
        self._stage = stage
        self._channel = channel
        self._client = client
        self._chance = chance
        self.number_of = number_of
        self._numbers = 0
        self._reports = 0
        self._sold_at: dict[str, str] = {}
        self.waiting: list[Sale] = []
        self.answered: list[Sale] = []

    def sell(self, lines: dict[str, int]) -> Sale:
        """Hand goods over, and keep the receipt."""
        self._numbers += 1
        sale = self._stage.books.open(self._channel, f"{self._channel}-{self._numbers}", lines)
        sale.status = "sold"
        self._sold_at[sale.external_id] = self._stage.time()
        self.waiting.append(sale)
        return sale

    async def report(self) -> None:
        """Report what was not answered yet, in any order, and some of the rest once more."""
        if not self.waiting:
            return
        batch = self.waiting[:REPORTED_AT_ONCE]
        faults = self._stage.faults
        batch += [each for each in self.answered if self._chance.random() < faults.repeated_reports]
        self._chance.shuffle(batch)
        self._reports += 1
        body = {"sales": [self._receipt(sale) for sale in batch]}
        target = f"/api/v1/channels/{self._channel}/sales"
        key = f"{self._channel}-report-{self._reports}"
        try:
            answer = await self._client.post(target, body, key=key)
        except GaveUp:
            self._stage.books.count("gave_up")
            return
        if answer.status != OK:
            self._stage.books.unexpected.append(
                f"{self._channel} reported sales, answered {answer.status}: {answer.body.decode()}"
            )
            return
        self._hear(msgspec.json.decode(answer.body, type=_Outcomes).sales, batch)

    def _hear(self, outcomes: list[_Outcome], batch: list[Sale]) -> None:
        for outcome, sale in zip(outcomes, batch, strict=True):
            self._note(sale, outcome)
            if outcome.status in ("recorded", "repeated"):
                sale.status, sale.order_id = "confirmed", outcome.order_id
                if sale in self.waiting:
                    self.waiting.remove(sale)
                    self.answered.append(sale)
            elif outcome.status == "exceeded":
                sale.status = "exceeded"
            else:
                self._stage.books.unexpected.append(
                    f"the sale {sale.external_id} was answered {outcome.status}"
                )

    def _note(self, sale: Sale, outcome: _Outcome) -> None:
        if sale.status != "confirmed":
            told = f"{sale.external_id}: {outcome.status}"
            self._stage.books.note(self._stage.timeline.now, told)

    def _receipt(self, sale: Sale) -> dict[str, object]:
        lines = [{"sku": sku, "quantity": number} for sku, number in sale.lines.items()]
        return {
            "external_id": self.number_of(sale),
            "sold_at": self._sold_at[sale.external_id],
            "lines": lines,
        }
