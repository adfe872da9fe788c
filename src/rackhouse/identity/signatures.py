"""Signatures: compact JSON Web Signatures (RFC 7515) by one algorithm, read with suspicion."""

from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError

from rackhouse.identity.signing_keys import ALGORITHM

__all__ = ["ONE_ALGORITHM", "kid_of"]

LENGTH_LIMIT = 8_192


class _OneAlgorithm(jws.JWSRegistry):
    """EdDSA and nothing else, whatever a token's header says.

    RFC 9864 renames it to Ed25519, and the library warns of the old name; verifiers elsewhere
    know only the old one so far, and all keys here are Ed25519.
    """

    def get_alg(self, name: str) -> Any:
        if name != ALGORITHM:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


ONE_ALGORITHM = _OneAlgorithm()


def kid_of(signed: str, typ: str) -> str:
    """The key that something of a type says it is signed with; raises ValueError with the reason
    why it can not be what it says."""
    header = _header_of(signed)
    if header.get("alg") != ALGORITHM:
        raise ValueError(f"it is not signed with {ALGORITHM}")
    named, kid = header.get("typ"), header.get("kid")
    if not isinstance(named, str) or named.lower().removeprefix("application/") != typ:
        raise ValueError(f"it is not of the type {typ}")
    if not isinstance(kid, str):
        raise ValueError("it does not name its key")
    return kid


def _header_of(signed: str) -> dict[str, object]:
    if len(signed) > LENGTH_LIMIT:
        raise ValueError("it is too long")
    try:
        return jws.extract_compact(signed.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise ValueError("it is not a signed JSON Web Token") from error
