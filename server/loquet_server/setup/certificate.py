"""Whether a certificate and its key are good to serve pages with, said in plain words."""

import ssl
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from loquet_server.web.i18n import N_

UNREADABLE: Final = N_("This server's user cannot read this file.")
NO_CERTIFICATE: Final = N_("This is not a certificate in PEM form.")
NOT_A_PAIR: Final = N_("Certificate and key do not belong together, or the key has a password.")
OVER: Final = N_("This certificate has ended, or has not begun.")
OTHER_NAME: Final = N_("This certificate is not for the host of the public address.")


def trouble(certificate: str, key: str, host: str, now: datetime) -> tuple[str, str] | None:
    """Return field and complaint (English, for translation), or None if all is well."""
    for field, path in (("tls_certificate", certificate), ("tls_key", key)):
        try:
            Path(path).read_bytes()
        except (OSError, ValueError):
            return field, UNREADABLE
    try:
        found = x509.load_pem_x509_certificates(Path(certificate).read_bytes())[0]
    except ValueError:
        return "tls_certificate", NO_CERTIFICATE
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            certificate, key, password=lambda: b""
        )
    except (ssl.SSLError, OSError, ValueError):
        return "tls_key", NOT_A_PAIR
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
        return "tls_certificate", OVER
    if host and not _covers(found, host):
        return "public_url", OTHER_NAME
    return None


def _covers(certificate: x509.Certificate, host: str) -> bool:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    known = {each.lower() for each in names.get_values_for_type(x509.DNSName)}
    known |= {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    return host in known or f"*.{host.partition('.')[2]}" in known
