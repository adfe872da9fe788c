"""Judged queries: how good what is found is, measured against grades that follow from attributes.

A rule makes the grades, not a person: a query says by which attributes a product is what was
meant (queries.toml). Where all that it must be holds, a product has grade 3 if all that it may
also be holds, 2 if half of that does, and otherwise 1; where something of what it must be does not
hold, it has grade 0. Names and descriptions have no part in it, save for the brand where a data
set has it in the name only.
"""
