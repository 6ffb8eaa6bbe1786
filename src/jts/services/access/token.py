"""A secret as it is carried: a kind, a public prefix to find it by, and 256 bits nobody can guess."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256

from jts.ports.names import Names

SECRET_BYTES = 32
PREFIX_LENGTH = 10
_FORM = re.compile(r"^([a-z]{3,5})_([0-9a-f]{10})_([A-Za-z0-9_-]{20,100})$", re.ASCII)

NO_DIGEST = sha256(b"no such secret").hexdigest()
"""What a presented secret is compared with when its prefix is not known: the same work as for a known one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`kind`: `jts` for API keys, `jtss` for sessions, `jtsl` for sign-in links, `jtsi` for the command line.

    The secret is not printed. It is kept nowhere; its SHA-256 is enough because it is not a word a person
    chose.
    """

    kind: str
    prefix: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """What is handed out, once."""
        return f"{self.kind}_{self.prefix}_{self.secret}"

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the secret: what is kept."""
        return sha256(self.secret.encode()).hexdigest()

    def is_kept_as(self, digest: str | None) -> bool:
        """Whether this is the secret of that digest, in the same time for every answer."""
        same = hmac.compare_digest(self.digest, NO_DIGEST if digest is None else digest)
        return same and digest is not None


def new_token(kind: str, names: Names) -> Token:
    """A fresh one. The prefix is a digest of other chance, so that it tells nothing of the secret."""
    prefix = sha256(names.secret(SECRET_BYTES).encode()).hexdigest()[:PREFIX_LENGTH]
    return Token(kind=kind, prefix=prefix, secret=names.secret(SECRET_BYTES))


def parse_token(text: str, kind: str) -> Token | None:
    """None if the text cannot be a token of this kind."""
    found = _FORM.match(text)
    if found is None or found[1] != kind:
        return None
    return Token(kind=kind, prefix=found[2], secret=found[3])
