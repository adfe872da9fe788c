"""An example shop over the public API of Rackhouse. It imports nothing of the service: all it knows
comes over HTTP, with the Python client and a channel's credentials."""
