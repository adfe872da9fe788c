"""What a channel says of a sale that can not be: a person has to look at it."""

from rackhouse.connectors.rules import Known

__all__ = ["contradiction_in"]


def contradiction_in(known: Known) -> str | None:
    """More was paid back than was sold. As much as was sold is given back all the same, and no
    more; None where there is nothing to say."""
    for line in known.sale.lines if known.sale is not None else ():
        told = sum(each.quantity for each in known.refunds if each.line == line.id)
        if told > line.quantity:
            return (
                f"the channel has refunded {told} pieces of the line {line.id}, of which "
                f"{line.quantity} were sold; no more than that was given back"
            )
    return None
