"""Which bucket a setting names."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Bucket:
    """A bucket, from ``s3+https://KEY:SECRET@host:port/bucket/prefix?region=ap-northeast-1``."""

    name: str
    prefix: str
    endpoint: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read it.

        Raises:
            ValueError: something is missing.
        """
        parts = urlsplit(url)
        scheme = {"s3+https": "https", "s3+http": "http"}.get(parts.scheme)
        name, _, prefix = parts.path.strip("/").partition("/")
        if not (scheme and parts.hostname and name and parts.username and parts.password):
            raise ValueError("must be s3+https://KEY:SECRET@host/bucket")
        host = parts.hostname + (f":{parts.port}" if parts.port else "")
        return cls(
            name=name,
            prefix=prefix,
            endpoint=f"{scheme}://{host}",
            region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
            access_key=unquote(parts.username),
            secret_key=unquote(parts.password),
        )
