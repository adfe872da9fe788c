"""What every module stands on: database, events, group commit, ids, errors, telemetry. It knows
no domain words."""
