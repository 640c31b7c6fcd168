import itertools
import threading
import time
import unittest
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2

import enrich
from enrich._connection import Connection
from tests import certificates, texts
from tests.both import Promises, on_both_clients
from tests.server import Tiny, empty_answer, free_port


def refuse(context: grpc.ServicerContext, code: grpc.StatusCode, wait_s: float | None = None) -> None:
    """Ends a call with `code`, and with RetryInfo where `wait_s` is given."""
    if wait_s is None:
        context.abort(code, "refused")
    status = status_pb2.Status(code=code_pb2.Code.Value(code.name), message="refused")
    delay = Duration()
    delay.FromMilliseconds(int((wait_s or 0) * 1000))
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason="BUSY", domain="enrich.v1", metadata={"a": "b"}))
    status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, "refused")


class Connections(Promises):
    def setUp(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.pem = certificates.shared()

    def answer(self, _: Any, context: grpc.ServicerContext) -> Any:
        self.calls.append(dict(context.invocation_metadata()))
        return empty_answer()

    def server(self, *, ask: bool = False) -> str:
        credentials = grpc.ssl_server_credentials(
            [(self.pem.server_key, self.pem.server)], self.pem.authority, require_client_auth=ask
        )
        return f"localhost:{self.enterContext(Tiny(self.answer, credentials)).port}"

    def test_tls_with_an_authority_of_ones_own(self) -> None:
        self.client(self.server(), ca=self.pem.authority).enrich("text")
        self.assertEqual(len(self.calls), 1)

    def test_an_unknown_authority_is_not_trusted(self) -> None:
        client = self.client(self.server(), tls=True, timeout_s=3)
        with self.assertRaises((enrich.Unavailable, enrich.DeadlineExceeded)):
            client.enrich("text")
        self.assertEqual(self.calls, [])

    def test_mutual_tls(self) -> None:
        address = self.server(ask=True)
        certificate, key = self.pem.caller, self.pem.caller_key
        self.client(address, ca=self.pem.authority, certificate=certificate, key=key).enrich("text")
        with self.assertRaises((enrich.Unavailable, enrich.DeadlineExceeded)):
            self.client(address, ca=self.pem.authority, timeout_s=3).enrich("text")
        self.assertEqual(len(self.calls), 1)

    def test_certificates_may_be_files(self) -> None:
        path = self.pem.folder / "authority.pem"
        self.client(f"https://{self.server()}", ca=path).enrich("text")
        self.client(self.server(), ca=str(path)).enrich("text")
        self.assertEqual(len(self.calls), 2)

    def test_key_token_and_metadata_go_with_every_call(self) -> None:
        tokens = iter(["first", "second"])
        address = self.server()
        client = self.client(
            address, ca=self.pem.authority, api_key="k", token=lambda: next(tokens), metadata=[("x-team", "desk")]
        )
        client.enrich("text")
        self.assertEqual([type(value) for value in client.enrich_many(["text"])], [enrich.Enrichment])
        self.assertEqual([call["authorization"] for call in self.calls], ["Bearer first", "Bearer second"])
        self.assertEqual({(call["x-api-key"], call["x-team"]) for call in self.calls}, {("k", "desk")})

    def test_compressed_requests_arrive(self) -> None:
        for compression in ("gzip", "deflate"):
            texts_seen: list[str] = []

            def answer(request: Any, _: Any, seen: list[str] = texts_seen) -> Any:
                seen.append(request.text)
                return empty_answer()

            client = self.client(self.enterContext(Tiny(answer)).address, compression=compression)
            client.enrich(texts.ARABIC * 100)
            self.assertEqual(texts_seen, [texts.ARABIC * 100])

    def test_unavailable_is_tried_again_and_other_codes_are_not(self) -> None:
        for code, tries in ((grpc.StatusCode.UNAVAILABLE, 4), (grpc.StatusCode.INTERNAL, 1)):
            seen: list[int] = []

            def answer(_: Any, context: Any, seen: list[int] = seen, code: Any = code) -> Any:
                seen.append(1)
                refuse(context, code)

            client = self.client(self.enterContext(Tiny(answer)).address)
            with self.assertRaises(enrich.EnrichError):
                client.enrich("text")
            self.assertEqual((code, len(seen)), (code, tries))

    def test_a_service_that_says_when_is_asked_again_then(self) -> None:
        seen: list[float] = []

        def answer(_: Any, context: Any) -> Any:
            seen.append(time.monotonic())
            if len(seen) < 3:
                refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, 0.3)
            return empty_answer()

        client = self.client(self.enterContext(Tiny(answer)).address)
        client.enrich("text")
        self.assertEqual(len(seen), 3)
        self.assertGreaterEqual(min(b - a for a, b in itertools.pairwise(seen)), 0.3)

    def test_a_wait_beyond_the_deadline_is_the_callers_affair(self) -> None:
        def answer(_: Any, context: Any) -> Any:
            refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, 60)

        client = self.client(self.enterContext(Tiny(answer)).address)
        error = self.failure(enrich.Overloaded, client.enrich, "text")
        self.assertEqual((error.reason, error.metadata, error.retry_after_s), ("BUSY", {"a": "b"}, 60.0))

    def test_denied_access_is_its_own_error(self) -> None:
        for code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):

            def answer(_: Any, context: Any, code: Any = code) -> Any:
                refuse(context, code)

            client = self.client(self.enterContext(Tiny(answer)).address)
            self.failure(enrich.AccessDenied, client.enrich, "text")

    def test_servers_take_turns(self) -> None:
        counts = [0, 0]

        def counting(place: int) -> Any:
            def answer(*_: Any) -> Any:
                counts[place] += 1
                return empty_answer()

            return answer

        ports = [self.enterContext(Tiny(counting(place))).port for place in range(2)]
        client = self.client("ipv4:" + ",".join(f"127.0.0.1:{port}" for port in ports))
        client.enrich("text")
        # By then both are connected.
        time.sleep(0.3)
        list(client.enrich_many(["text"] * 40))
        self.assertGreater(min(counts), 15)

    def test_at_most_so_many_calls_are_under_way(self) -> None:
        lock, now, most = threading.Lock(), [0], [0]

        def answer(*_: Any) -> Any:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.02)
            with lock:
                now[0] -= 1
            return empty_answer()

        client = self.client(self.enterContext(Tiny(answer)).address)
        self.assertEqual(len(list(client.enrich_many(["text"] * 60, concurrency=5))), 60)
        self.assertEqual(most[0], 5)


ConnectionsSync, ConnectionsAsync = on_both_clients(Connections)
del Connections


class Settings(unittest.TestCase):
    def test_secrets_do_not_leave_the_machine_unencrypted(self) -> None:
        for server in ("service.example:50051", "http://10.0.0.7:50051", "[2001:db8::1]:50051"):
            with self.assertRaisesRegex(ValueError, "unencrypted"):
                Connection(server, token="t")
        for server in ("localhost:1", "127.0.0.1:1", "[::1]:1", "unix:/run/enrich.sock"):
            Connection(server, token="t")
        Connection("service.example:443", tls=True, token="t")
        Connection("https://service.example", api_key="k")
        Connection("mesh:50051", api_key="k", plaintext_secrets=True)

    def test_settings_that_do_not_go_together_are_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "belong together"):
            Connection("localhost:1", certificate=b"pem")
        with self.assertRaisesRegex(ValueError, "compression"):
            Connection("localhost:1", compression="zip")
        with self.assertRaises(FileNotFoundError):
            enrich.Client(f"localhost:{free_port()}", ca="no/such.pem")

    def test_secrets_stay_out_of_reprs(self) -> None:
        with enrich.Client("localhost:1", token="hush", api_key="hush") as client:
            self.assertNotIn("hush", repr(client) + repr(client._connection))
