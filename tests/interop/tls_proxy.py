"""Debian's nginx with the configuration of `docs/conformance.md`: TLS in front, plain http to the server behind it."""

import datetime
import ipaddress
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.conftest import program_at
from tests.gateways.nginx import AROUND, READY_WITHIN
from tests.processes import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "conformance.md"


def recipe() -> str:
    """The block of the document."""
    found = re.findall(r"^```nginx\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


def certify(directory: Path) -> Path:
    """A certificate for this machine, signed by itself, beside its key; trust it by its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "tls.crt"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (directory / "tls.key").write_bytes(private)
    return path


@contextmanager
def tls_proxy(directory: Path, *, port: int, behind: int, certificate: Path) -> Iterator[None]:
    """Serve https://localhost:`port` from the server at `behind`; ended by its own process id."""
    program = program_at("nginx")
    assert program is not None, "mark the test with `nginx`"
    block = recipe()
    places = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "login.example.com;": "localhost;",
        "/etc/ssl/authserver/tls.crt": str(certificate),
        "/etc/ssl/authserver/tls.key": str(certificate.with_suffix(".key")),
        "http://127.0.0.1:8000;": f"http://127.0.0.1:{behind};",
    }
    for place, ours in places.items():
        assert block.count(place) == 1, place
        block = block.replace(place, ours)
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = directory / "nginx.conf"
    configuration.write_text(AROUND.format(directory=directory, user=user, block=block))
    with (directory / "nginx.out").open("wb") as log:
        call = [program, "-p", str(directory), "-e", str(directory / "error.log"), "-c", str(configuration)]
        process = subprocess.Popen(call, stdout=log, stderr=log)
    try:
        _wait(f"https://localhost:{port}/healthz", certificate, process, directory)
        yield
    finally:
        process.terminate()
        process.wait(READY_WITHIN)


def _wait(url: str, certificate: Path, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, (directory / "nginx.out").read_text() + (directory / "error.log").read_text()
        try:
            requests.get(url, timeout=2, verify=str(certificate))
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not answer")
