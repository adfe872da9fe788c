"""Identity: who is calling, and what they may do."""

from rackhouse.identity.clients import NewClient, disable_client, list_clients, register_client
from rackhouse.identity.console_signin import (
    caller_of_session,
    new_signin_code,
    use_signin_code,
)
from rackhouse.identity.errors import (
    ClientNotAuthenticated,
    ClientNotFound,
    GrantExceedsGranter,
    InvalidToken,
    NameUnreadable,
    NoConsoleRole,
    RoleNeedsBinding,
    RolesMissing,
    ScopeNotGranted,
    SigninCodeUnusable,
    StatementNotOurs,
    TokenLifeOutOfBounds,
    TooManyFailures,
    TooManySecretsAtOnce,
    UnknownRole,
)
from rackhouse.identity.events import (
    ClientDisabled,
    ClientRegistered,
    SignedIn,
    SigninCodeMade,
    SigningKeyMade,
    SigningKeyRotated,
    TokenMinted,
)
from rackhouse.identity.granting import AccessToken, grant_token, mint_token
from rackhouse.identity.rules import PERMISSIONS, ROLES, permissions_of
from rackhouse.identity.signing_keys import rotate_signing_key
from rackhouse.identity.statements import key_of_statement, read_statement, sign_statement
from rackhouse.identity.store import Client
from rackhouse.identity.verification import TokenVerifier

__all__ = [
    "PERMISSIONS",
    "ROLES",
    "AccessToken",
    "Client",
    "ClientDisabled",
    "ClientNotAuthenticated",
    "ClientNotFound",
    "ClientRegistered",
    "GrantExceedsGranter",
    "InvalidToken",
    "NameUnreadable",
    "NewClient",
    "NoConsoleRole",
    "RoleNeedsBinding",
    "RolesMissing",
    "ScopeNotGranted",
    "SignedIn",
    "SigninCodeMade",
    "SigninCodeUnusable",
    "SigningKeyMade",
    "SigningKeyRotated",
    "StatementNotOurs",
    "TokenLifeOutOfBounds",
    "TokenMinted",
    "TokenVerifier",
    "TooManyFailures",
    "TooManySecretsAtOnce",
    "UnknownRole",
    "caller_of_session",
    "disable_client",
    "grant_token",
    "key_of_statement",
    "list_clients",
    "mint_token",
    "new_signin_code",
    "permissions_of",
    "read_statement",
    "register_client",
    "rotate_signing_key",
    "sign_statement",
    "use_signin_code",
]
