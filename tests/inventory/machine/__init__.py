"""A machine that does to stock in depth whatever anybody could do, in any order, and a bookkeeper
who keeps count of every single piece beside it.

`world` says what there is, `tables` keeps what the database would, `counter` lets the stock lane
carry commands out on it; `books` follows every piece from the events alone, `expecting` says what
a command must come to, `comparing` holds the two against each other; `planted` breaks the product
on purpose.
"""
