import hashlib
from typing import Any

import enrich
from tests import certificates, texts
from tests.both import Promises, on_both_clients
from tests.server import Server

_servers: list[Server] = []

TENANTS = """
[[tenants]]
name = "desk"
keys_sha256 = ["{desk}"]

[[tenants]]
name = "small"
keys_sha256 = ["{small}"]
tokens_per_second = 1
"""


def tearDownModule() -> None:
    for server in _servers:
        server.kill()


def guarded() -> Server:
    """Returns the real server with mutual TLS and tenants whose keys are their names."""
    if not _servers:
        pem = certificates.shared()
        files = {"certificate": pem.server, "key": pem.server_key, "client-ca": pem.authority}
        flags: list[str] = []
        for name, content in files.items():
            path = pem.folder / f"server-{name}.pem"
            path.write_bytes(content)
            flags += [f"--tls-{name}", str(path)]
        tenants = pem.folder / "tenants.toml"
        digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("desk", "small")}
        tenants.write_text(TENANTS.format(**digests))
        _servers.append(Server(*flags, "--tenants", str(tenants), connect={**identity(), "api_key": "desk"}))
    return _servers[0]


def identity() -> dict[str, Any]:
    pem = certificates.shared()
    return {"ca": pem.authority, "certificate": pem.caller, "key": pem.caller_key}


class Access(Promises):
    def enrich(self, **kwargs: Any) -> Any:
        return self.client(f"localhost:{guarded().port}", timeout_s=30, **kwargs)

    def test_a_key_opens_the_real_server(self) -> None:
        for shown in ({"api_key": "desk"}, {"token": "desk"}):
            self.assertEqual(self.enrich(**identity(), **shown).language(texts.ARABIC).tag, "ar")

    def test_without_a_key_of_a_tenant_access_is_denied(self) -> None:
        for shown, reason in (({}, "CREDENTIALS_MISSING"), ({"api_key": "else"}, "CREDENTIALS_INVALID")):
            error = self.failure(enrich.AccessDenied, self.enrich(**identity(), **shown).language, "text")
            self.assertEqual((error.code, error.reason), ("UNAUTHENTICATED", reason))

    def test_without_a_certificate_there_is_no_connection(self) -> None:
        client = self.client(f"localhost:{guarded().port}", ca=identity()["ca"], api_key="desk", timeout_s=3)
        with self.assertRaises((enrich.Unavailable, enrich.DeadlineExceeded)):
            client.language("text")

    def test_a_quota_says_when_to_come_again(self) -> None:
        client = self.client(f"localhost:{guarded().port}", timeout_s=5, api_key="small", **identity())
        error: Any = None
        while error is None:
            try:
                client.language(texts.ARABIC * 20)
            except enrich.EnrichError as caught:
                error = caught
        self.assertEqual((type(error), error.reason), (enrich.Overloaded, "QUOTA_EXCEEDED"))
        self.assertGreater(error.retry_after_s, 5)


AccessSync, AccessAsync = on_both_clients(Access)
del Access
