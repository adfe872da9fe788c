"""Rehearsals: a drop acted out against the real service by buyers who are not there."""
