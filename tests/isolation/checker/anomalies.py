"""The anomalies that the checker looks for, each with what it means."""

import msgspec

__all__ = [
    "ANOMALIES",
    "DONE_TWICE",
    "DOUBLE_SALE",
    "ENDED_EARLY",
    "FAULT",
    "HALF_DONE",
    "LOST_HOLD",
    "LOST_UPDATE",
    "NEGATIVE",
    "NOT_LINEARIZABLE",
    "OUTLIVED",
    "PHANTOM",
    "STALE_CLOCK",
    "STALE_READ",
    "TWO_ANSWERS",
    "Finding",
]

DOUBLE_SALE = "double sale"
LOST_HOLD = "lost hold"
NEGATIVE = "negative availability"
PHANTOM = "phantom stock"
LOST_UPDATE = "lost update"
TWO_ANSWERS = "two answers to one key"
DONE_TWICE = "done twice"
HALF_DONE = "half done"
STALE_READ = "stale read"
OUTLIVED = "hold outlived its end"
ENDED_EARLY = "hold ended early"
STALE_CLOCK = "decided by a stale clock"
NOT_LINEARIZABLE = "not linearizable"
FAULT = "unforeseen fault"

ANOMALIES: dict[str, str] = {
    DOUBLE_SALE: "More was promised of a stock than there was, at some moment or in the end.",
    LOST_HOLD: "A hold that was acknowledged is not there, or ended without a cause.",
    NEGATIVE: "A figure below zero, or more held and committed than on hand.",
    PHANTOM: "A figure that no receipt explains, or an event that nobody asked for.",
    LOST_UPDATE: "An acknowledged change is not in the ledger, or did not see the one before it.",
    TWO_ANSWERS: "A retry under the same key was told something else.",
    DONE_TWICE: "A request was carried out once more by its retry.",
    HALF_DONE: "A part of a request happened and the rest did not, or a refused one did something.",
    STALE_READ: "An answer is older than one that somebody had before it was asked for.",
    OUTLIVED: "A hold could be used after its end.",
    ENDED_EARLY: "A hold was over before its end.",
    STALE_CLOCK: "Time runs backwards within a stream: it was read before the lock.",
    NOT_LINEARIZABLE: "No order of the operations explains all answers.",
    FAULT: "An answer of the range of 500 other than busy.",
}


class Finding(msgspec.Struct, frozen=True):
    """An anomaly, in a sentence, with the requests that are part of it."""

    anomaly: str
    text: str
    requests: tuple[str, ...] = ()
