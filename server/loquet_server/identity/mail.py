"""Mail: who sends for us, and sending, in a thread; what goes wrong is said in plain words."""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.sealing import CannotOpen, open_sealed, seal
from loquet_server.hosts import is_loopback
from loquet_server.identity.preferences import MAIL, keep
from loquet_server.identity.repository import IdentityRepository
from loquet_server.keys import Keys
from loquet_server.web.i18n import N_

SECONDS: Final = 10.0
CONTEXT: Final = "mail-password"


class Security(StrEnum):
    """How the way to the mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, repr=False)
class MailServer:
    """A mail server that sends for us."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = ""


class MailFailed(OSError):
    """A message was not sent; ``text`` says why, in English for translation, ``said`` the server's
    own words."""

    def __init__(self, text: str, said: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.said = said[:300]


async def load(session: AsyncSession, keys: Keys) -> MailServer | None:
    """Return the mail server that was set, or None."""
    row = await IdentityRepository(session).preference(MAIL)
    if row is None or not row.value:
        return None
    password = ""
    if row.sealed:
        try:
            password = open_sealed(keys.sealing, row.sealed, CONTEXT).decode()
        except (CannotOpen, UnicodeDecodeError):
            password = ""  # sealed to the key of another server: it has to be typed again
    return MailServer(**row.value, password=password)


async def store(session: AsyncSession, keys: Keys, server: MailServer) -> None:
    """Keep a mail server; an empty password leaves the one that is there."""
    value: dict[str, Any] = asdict(server)
    password = value.pop("password")
    sealed = seal(keys.seal_public, password.encode(), CONTEXT) if password else None
    await keep(session, MAIL, value, sealed)


async def send(server: MailServer, to: str, subject: str, text: str, *, name: str = "") -> None:
    """Send one message; raise MailFailed. Under the same ``name`` it is the same message."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, to, subject
    message["Date"] = formatdate()
    message["Message-ID"] = (
        f"<{name}@loquet.invalid>" if name else make_msgid(domain="loquet.invalid")
    )
    message.set_content(text)
    await asyncio.to_thread(_send, server, message)


def _send(server: MailServer, message: EmailMessage) -> None:
    if server.password and server.security == Security.NONE and not is_loopback(server.host):
        raise MailFailed(N_("A password would cross the network in clear: choose TLS or STARTTLS."))
    try:
        with _connected(server) as client:
            if server.user:
                client.login(server.user, server.password)
            client.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise MailFailed(
            N_("The mail server refused user name or password."), _said(error)
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        said = "; ".join(str(each) for each in error.recipients.values())
        raise MailFailed(N_("The mail server refused the recipient."), said) from error
    except smtplib.SMTPSenderRefused as error:
        raise MailFailed(
            N_("The mail server refused the sender's address."), _said(error)
        ) from error
    except ssl.SSLError as error:
        raise MailFailed(
            N_("No protected connection: check the port and the kind of protection."), str(error)
        ) from error
    except smtplib.SMTPException as error:
        raise MailFailed(N_("The mail server refused the message."), str(error)) from error
    except UnicodeError as error:  # a host that is none, or what smtplib sends as ASCII alone
        raise MailFailed(
            N_(
                "Mail cannot be sent so: check the server's name, and write user and password"
                " without accents."
            )
        ) from error
    except OSError as error:
        raise MailFailed(
            N_("The mail server does not answer: check its name and port."), str(error)
        ) from error


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if server.security == Security.TLS:
        with smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context) as client:
            yield client
        return
    with smtplib.SMTP(server.host, server.port, timeout=SECONDS) as client:
        if server.security == Security.STARTTLS:
            client.starttls(context=context)
        yield client


def _said(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
