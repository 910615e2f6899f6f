"""Passwords and keys: made once, kept in files that only their owner can read."""

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from portico_kit.addresses import addresses
from portico_ops.processes import SERVICES
from portico_ops.servers import BrokerUser

DATABASE_ROLES = ("owner", "service", "relay")
BROKER_USERS = (*SERVICES, "gateway")


@dataclass(frozen=True)
class Credentials:
    """A folder with one file a secret; reading one that is not there makes it."""

    folder: Path

    def get(self, name: str, *, make: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> str:
        """The secret of that name, made and kept at the first call."""
        path = self.folder / name
        if not path.exists():
            write_secret(path, make())
        return path.read_text().rstrip("\n")

    def keys(self) -> Mapping[str, str]:
        """The keys and tokens that processes share, by secret name."""
        return {
            "token-private-key": self.get("token-private-key", make=new_signing_key),
            "token-public-key": self.get("token-public-key", make=self._public_key),
            "master-keys": self.get("master-keys", make=lambda: f"1:{new_key()}"),
            "transit-key": self.get("transit-key", make=new_key),
            "pepper": self.get("pepper", make=new_key),
            "card-secret": self.get("card-secret", make=lambda: f"sk_test_{secrets.token_hex(16)}"),
            "card-webhook-secret": self.get(
                "card-webhook-secret", make=lambda: f"whsec_{secrets.token_hex(16)}"
            ),
            "sms-token": self.get("sms-token", make=lambda: secrets.token_hex(16)),
        }

    def database_password(self, service: str, role: str) -> str:
        return self.get(f"{service}-{role}-password")

    def broker_password(self, user: str) -> str:
        return self.get(f"{user}-broker-password")

    def database_urls(self, administrator_url: str) -> Mapping[str, str]:
        """Each service's three addresses on that server, by secret name."""
        return {
            f"{service}-{'' if role == 'service' else role + '-'}database-url": with_login(
                administrator_url,
                user=role_name(service, role),
                password=self.database_password(service, role),
                path=service,
            )
            for service in SERVICES
            for role in DATABASE_ROLES
        }

    def broker_users(self) -> list[BrokerUser]:
        """Who may connect to the broker beside its administrator, and what each may touch."""
        from portico_contracts.catalogue import promises
        from portico_kit.permissions import permissions

        return [
            BrokerUser(name=name, password=self.broker_password(name), **asdict(allowed))
            for name, allowed in permissions(promises()).items()
        ]

    def broker_urls(self, administrator_url: str, *, own_users: bool) -> Mapping[str, str]:
        """Each user's address by secret name; the administrator's where there are no others."""
        return {
            f"{user}-amqp-url": ";".join(
                with_login(address, user=user, password=self.broker_password(user))
                for address in addresses(administrator_url)
            )
            if own_users
            else administrator_url
            for user in BROKER_USERS
        }

    def _public_key(self) -> str:
        return public_half(self.get("token-private-key", make=new_signing_key))


def role_name(service: str, role: str) -> str:
    """The database role: `billing_owner` migrates, `billing` serves, `billing_relay` publishes."""
    return service if role == "service" else f"{service}_{role}"


def write_secret(path: Path, value: str, *, mode: int = 0o600) -> None:
    """Write a file, whole or not at all; as it stands, only its owner can read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.touch(mode=0o600)
    half.chmod(mode)
    half.write_text(value + "\n")
    half.rename(path)


def with_login(url: str, *, user: str, password: str, path: str | None = None) -> str:
    """The same address with another login, and another path where one is given."""
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    new_path = parts.path if path is None else f"/{path}"
    return urlunsplit((parts.scheme, f"{login}@{where}", new_path, parts.query, ""))


def new_key() -> str:
    """256 random bits in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def new_signing_key() -> str:
    """An Ed25519 private key in PEM (PKCS 8)."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode().strip()


def public_half(private_pem: str) -> str:
    """The PEM public key of a PEM private key."""
    from cryptography.hazmat.primitives import serialization

    private = serialization.load_pem_private_key(private_pem.encode(), password=None)
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode().strip()
