"""Outlets: durable followers. What happens is pushed to them in order, until it is taken."""

from rackhouse.outlets.attributes import event_attributes
from rackhouse.outlets.dispatching import run_outlet
from rackhouse.outlets.errors import (
    DeadLetterNotFound,
    InvalidOutlet,
    LagRuleNotFound,
    OutletKindUnknown,
    OutletNotFound,
    OutletsAtLimit,
)
from rackhouse.outlets.figures import (
    ChannelLag,
    OutletStatus,
    channel_history,
    channel_lag,
    channel_lags,
    outlet_status,
    outlet_statuses,
)
from rackhouse.outlets.kinds import Gone, Kind, Message, NotTaken, Outlet, Rejected
from rackhouse.outlets.lag_rules import remove_lag_rule, set_lag_rule
from rackhouse.outlets.letter import DeadLetter
from rackhouse.outlets.letters import (
    DeadLetterPlace,
    Queued,
    dead_letter_of,
    dead_letter_page,
    discard_dead_letter,
    discard_dead_letters,
    replay_dead_letter,
    replay_dead_letters,
)
from rackhouse.outlets.opening import (
    Place,
    change_outlet,
    close_outlet,
    move_outlet,
    open_outlet,
    outlet_of,
    outlet_page,
    pause_outlet,
    refuse_unfit_outlet,
    resume_outlet,
)
from rackhouse.outlets.rules import Lag, LagRule

__all__ = [
    "ChannelLag",
    "DeadLetter",
    "DeadLetterNotFound",
    "DeadLetterPlace",
    "Gone",
    "InvalidOutlet",
    "Kind",
    "Lag",
    "LagRule",
    "LagRuleNotFound",
    "Message",
    "NotTaken",
    "Outlet",
    "OutletKindUnknown",
    "OutletNotFound",
    "OutletStatus",
    "OutletsAtLimit",
    "Place",
    "Queued",
    "Rejected",
    "change_outlet",
    "channel_history",
    "channel_lag",
    "channel_lags",
    "close_outlet",
    "dead_letter_of",
    "dead_letter_page",
    "discard_dead_letter",
    "discard_dead_letters",
    "event_attributes",
    "move_outlet",
    "open_outlet",
    "outlet_of",
    "outlet_page",
    "outlet_status",
    "outlet_statuses",
    "pause_outlet",
    "refuse_unfit_outlet",
    "remove_lag_rule",
    "replay_dead_letter",
    "replay_dead_letters",
    "resume_outlet",
    "run_outlet",
    "set_lag_rule",
]
